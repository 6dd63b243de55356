import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A token endpoint in its own process. */
export interface TokenServer {
  readonly url: string
  /** A refresh token that the server accepts. */
  readonly refreshToken: string
}

/** Runs a server while `use` runs. */
export async function withServer<R>(script: string, use: (server: TokenServer) => Promise<R>): Promise<R> {
  const server = fork(join(import.meta.dirname, script))
  try {
    const [started] = (await once(server, 'message')) as [TokenServer]
    return await use(started)
  } finally {
    server.disconnect()
  }
}
