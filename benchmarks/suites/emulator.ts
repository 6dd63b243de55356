import { OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { compare, type Length, sampleOf, type Way, way } from '../comparison.ts'
import { compareProcesses, script } from '../processes.ts'
import { atMost, ratio, type Result, scaled, time } from '../result.ts'
import { type TokenServer, withServer } from '../server-process.ts'

export async function run(length: Length): Promise<readonly Result[]> {
  return [await importing(length), await starting(length), await refreshing(length)]
}

async function importing(length: Length): Promise<Result> {
  const programs = { bare: { args: script('0') }, ours: { args: script("import '@anthropic-auth/testing'") } }
  const { bare, ours } = await compareProcesses(programs, length)
  return {
    row: 12,
    work: 'process: import the emulator',
    ours: time(ours),
    peer: `bare node ${time(bare)}`,
    ...atMost(ratio(ours, bare), 3),
  }
}

async function starting({ rounds, timeMs }: Length): Promise<Result> {
  const times: number[] = []
  for (let starts = Math.max(20, (rounds * timeMs) / 20); starts > 0; starts--) {
    const startedAt = performance.now()
    await using emulator = await startEmulator()
    times.push(1000 * (performance.now() - startedAt))
    if ((await fetch(emulator.url)).status !== 200) throw new Error('The emulator does not respond')
  }
  const ours = sampleOf(times)
  return {
    row: 12,
    work: 'emulator: started',
    ours: time(ours),
    peer: '–',
    ...atMost(scaled(ours, 0.001), 1, 'ms'),
  }
}

/** The same client refreshes at both servers, which run in separate processes. */
function refreshing(length: Length): Promise<Result> {
  return withServer('emulator-server.ts', (emulator) =>
    withServer('token-server.ts', async (server) => {
      const { ours, bare } = await compare({ ours: refreshes(emulator), bare: refreshes(server) }, length)
      return {
        row: 12,
        work: 'emulator: refreshToken(), loopback',
        ours: time(ours),
        peer: `bare node:http ${time(bare)}`,
        ...atMost(ratio(ours, bare), 1.5),
      }
    }),
  )
}

function refreshes({ url, refreshToken }: TokenServer): Way {
  const client = new OAuthClient({ endpoints: { token: url } })
  let last = refreshToken
  return way(
    async () => {
      const tokens = await client.refreshToken(last)
      last = tokens.refreshToken ?? last
      return tokens
    },
    ({ accessToken }) => accessToken.startsWith('sk-ant-oat01-'),
  )
}
