import { OAuthClient } from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'

/** Answers whatever it is sent, once. */
const ANSWER = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  'content-length: 2',
  'connection: close',
  '',
  '{}',
].join('\r\n')

/**
 * Loads and runs all that a first request needs, so that the first one of a caller takes no longer than the next: a call
 * whose answer is of no use, to a server on loopback that lives as long as it. Only a real answer makes Node prepare
 * its HTTP parser, which takes longer than all the rest.
 */
export async function warmUp(): Promise<void> {
  try {
    if (mayListen()) await askOurselves()
    else await call(async () => fetch('data:application/json,{}'))
  } catch {
    // The calls themselves will tell.
  }
}

/** Not where it needs a permission, or where a proxy would get the request. */
function mayListen(): boolean {
  const { execArgv, versions } = process
  const { NODE_OPTIONS = '', NODE_USE_ENV_PROXY } = membersOf(process.env)
  const isNode = !('deno' in versions) && !('bun' in versions)
  const settings = [...execArgv, NODE_OPTIONS].join(' ')
  const hasProxy = NODE_USE_ENV_PROXY !== undefined || settings.includes('--use-env-proxy')
  return isNode && !hasProxy && !('permission' in process)
}

async function askOurselves(): Promise<void> {
  const { createServer } = process.getBuiltinModule('node:net')
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(ANSWER))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  try {
    const address = server.address()
    if (address === null || typeof address === 'string') return
    await call(async (_url, init) => fetch(`http://127.0.0.1:${address.port}`, init))
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

async function call(send: (url: string, init: RequestInit) => Promise<Response>): Promise<void> {
  await new OAuthClient({ fetch: send, timeoutMs: 1000 }).createApiKey('none').catch(() => undefined)
}
