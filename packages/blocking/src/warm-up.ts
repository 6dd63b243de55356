import { OAuthClient } from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'

const RESPONSE = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  'content-length: 2',
  'connection: close',
  '',
  '{}',
].join('\r\n')

/**
 * Loads and runs everything that a first request needs, so that a caller's first request takes no longer than the next.
 * It sends a call to a short-lived server on loopback and ignores the result. The server is needed: only a real HTTP
 * response makes Node prepare its HTTP parser, which takes longer than all the rest.
 */
export async function warmUp(): Promise<void> {
  try {
    if (mayListen()) await callOurselves()
    else await call(async () => fetch('data:application/json,{}'))
  } catch {
    // The calls themselves report what is wrong.
  }
}

/** A server could need a permission, and a proxy would receive the request. */
function mayListen(): boolean {
  const { execArgv, versions } = process
  const { NODE_OPTIONS = '', NODE_USE_ENV_PROXY } = membersOf(process.env)
  const isNode = !('deno' in versions) && !('bun' in versions)
  const settings = [...execArgv, NODE_OPTIONS].join(' ')
  const hasProxy = NODE_USE_ENV_PROXY !== undefined || settings.includes('--use-env-proxy')
  return isNode && !hasProxy && !('permission' in process)
}

async function callOurselves(): Promise<void> {
  const { createServer } = process.getBuiltinModule('node:net')
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(RESPONSE))
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
