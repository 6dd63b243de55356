import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { json } from '../../core/test/reply.ts'
import { startRawServer } from '../../core/test/raw-server.ts'
import { until } from '../../core/test/until.ts'
import { PRIVATE_CA, startPrivateCaServer, startProxy } from './private-ca-server.ts'
import { runProgram } from './program.ts'

const PROFILE = { account: { uuid: 'an-account' } }
const sendProfile: RequestListener = (_, response) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(PROFILE))
}

async function startProfileServer(): Promise<string> {
  const { endpoints } = await startRawServer(json(PROFILE))
  return endpoints.profile
}

function isStopped(pid: number): boolean {
  return / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

describe('a process', () => {
  it('ends with its last statement after a call, and shows only the output of that', async () => {
    const { code, stdout, stderr, lastOutputAt, endedAt } = await runProgram('profile.ts', [
      await startProfileServer(),
    ])
    expect([code, stdout, stderr]).toEqual([0, 'an-account\n', ''])
    expect(endedAt - lastOutputAt).toBeLessThan(20_000)
  })

  it('ends with its last statement while the worker is starting', async () => {
    const { code, stdout, stderr, lastOutputAt, endedAt } = await runProgram('construct.ts', [])
    expect([code, stdout, stderr]).toEqual([0, 'console\n', ''])
    expect(endedAt - lastOutputAt).toBeLessThan(20_000)
  })

  it('has one worker for a hundred clients', async () => {
    const { stdout } = await runProgram('many-clients.ts', [await startProfileServer()])
    expect(stdout).toBe('1\n')
  })

  it('grows by less than 40 MiB in 10,000 calls', { timeout: 600_000 }, async () => {
    const url = await startProfileServer()
    const isSmall: boolean[] = []
    const times = (value: boolean): number => isSmall.filter((one) => one === value).length
    // The median of three decides, so the third round runs only if the first two disagree.
    while (times(true) < 2 && times(false) < 2) {
      const { stdout } = await runProgram('memory.ts', [url])
      isSmall.push(Number(stdout) < 40 * 1_048_576)
    }
    expect(times(true)).toBe(2)
  })

  // Like Ctrl-Z, or pausing a container.
  it.runIf(process.platform === 'linux')(
    'that is stopped past its deadline uses the response that arrived meanwhile',
    async () => {
      const timeoutMs = 5_000
      const { endpoints } = await startRawServer((response, request) => {
        const pid = Number(request.headers['user-agent']?.split('/')[1])
        process.kill(pid, 'SIGSTOP')
        until(() => isStopped(pid))
          .then(() => {
            json({ access_token: 'new-access-token' })(response, request)
            setTimeout(() => process.kill(pid, 'SIGCONT'), timeoutMs + 1_000)
          })
          .catch(() => process.kill(pid, 'SIGKILL'))
      })
      const { stdout } = await runProgram('refresh.ts', [endpoints.token, String(timeoutMs)])
      expect(stdout).toBe('new-access-token\n')
    },
  )

  it('may block a thread other than its main one', async () => {
    const { code, stdout } = await runProgram('in-thread.ts', [await startProfileServer()])
    expect([code, stdout]).toEqual([0, 'an-account\n'])
  })

  it('refuses a client in the worker of a client', async () => {
    const preload = new URL('programs/client-everywhere.ts', import.meta.url).href
    // From source. The built worker is a string, and Node imports nothing else into such a worker.
    const { stdout } = await runProgram('profile.ts', [await startProfileServer()], {
      nodeArgs: ['--conditions=@anthropic-auth/source', `--import=${preload}`],
    })
    expect(stdout).toBe('an-account\nworker_failed reentrant\n')
  })
})

describe("Node's own settings", () => {
  it('accept a private CA only with NODE_EXTRA_CA_CERTS', async () => {
    const url = `https://127.0.0.1:${await startPrivateCaServer(sendProfile)}/profile`
    const env = { NODE_EXTRA_CA_CERTS: PRIVATE_CA }
    expect((await runProgram('profile.ts', [url], { env })).stdout).toBe('an-account\n')
    expect((await runProgram('profile.ts', [url])).stdout).toBe('network_error tls\n')
  })

  it('send requests through the proxy of HTTPS_PROXY with NODE_USE_ENV_PROXY', async () => {
    const proxy = await startProxy(await startPrivateCaServer(sendProfile))
    const env = {
      NODE_EXTRA_CA_CERTS: PRIVATE_CA,
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '',
    }
    const { stdout } = await runProgram('profile.ts', ['https://auth.test/profile'], { env })
    expect(stdout).toBe('an-account\n')
    expect(proxy.targets).toEqual(['auth.test:443'])
  })

  it('send requests through it with --use-env-proxy', async () => {
    const proxy = await startProxy(await startPrivateCaServer(sendProfile))
    const env = { NODE_EXTRA_CA_CERTS: PRIVATE_CA, HTTPS_PROXY: proxy.url, NO_PROXY: '' }
    const nodeArgs = ['--use-env-proxy']
    const { stdout } = await runProgram('profile.ts', ['https://auth.test/profile'], { env, nodeArgs })
    expect(stdout).toBe('an-account\n')
    expect(proxy.targets).toEqual(['auth.test:443'])
  })
})
