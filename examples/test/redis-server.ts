import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isInstalled } from '../../scripts/tests/optional-tool.ts'

const COMMAND = 'redis-server'

export const hasRedisServer: boolean = isInstalled(COMMAND)

export interface RedisServer {
  readonly url: string
  stop(): Promise<void>
}

/** Starts an empty Redis on a socket that only its owner can reach. */
export async function startRedisServer(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const socket = join(folder, 'redis.sock')
  const args = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '']
  const child = spawn(COMMAND, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = (): void => void child.kill()
  process.once('exit', kill)
  const ended = once(child, 'close')
  await untilReady(child.stdout)
  const stop = async (): Promise<void> => {
    process.off('exit', kill)
    kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `unix://${socket}`, stop }
}

async function untilReady(output: NodeJS.ReadableStream): Promise<void> {
  const log: string[] = []
  return new Promise((resolve, reject) => {
    createInterface(output)
      .on('line', (line) => {
        log.push(line)
        if (/ready to accept connections/i.test(line)) resolve()
      })
      .once('close', () => reject(new Error(`redis-server ended:\n${log.join('\n')}`)))
  })
}
