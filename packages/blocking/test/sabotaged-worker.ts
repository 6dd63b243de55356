import { type ResolvedConfig, OAuthClient } from '@anthropic-auth/core'
import type { Invocation, ClientCall } from '../src/worker-call.ts'
import { workerEntry, type WorkerEntry } from '../src/worker-entry.ts'

/** The real worker in a thread where this code runs first, as a module of the program's `--import` would. */
export function sabotagedWorker(code: string): () => WorkerEntry {
  const { source } = workerEntry()
  const preload = `--import=data:text/javascript,${encodeURIComponent(code)}`
  return () => ({ source, options: { execArgv: ['--conditions=@anthropic-auth/source', preload] } })
}

/** Replaces `fetch`; the path of the endpoint selects what happens. */
export const FAULTY_FETCH = `
  const never = new Promise(() => undefined)
  const responses = {
    '/profile': () => Response.json({ account: { uuid: 'an-account' } }),
    '/large': () => Response.json({ account: { uuid: 'an-account', full_name: 'x'.repeat(1_000_000) } }),
    '/empty': () => new Response(null),
    '/exit': () => process.exit(7),
    '/throw': () => (setTimeout(() => { throw new Error('uncaught') }), never),
    '/reject': () => (void Promise.reject(new Error('unhandled')), never),
    // The worker shares the environment of the process.
    '/leave': () => {
      process.on('exit', () => (process.env.WORKER_HAS_LEFT = 'yes'))
      setTimeout(() => process.exit(), 50)
      return new Response(null)
    },
    '/loop': () => { for (;;); },
    '/block': () => (Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), never),
    '/late': () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000)
      process.env.WORKER_CAME_LATE = 'yes'
      return Response.json({ raw_key: 'late' })
    },
    '/defect': () => ({ status: 200, headers: { get: () => { throw new RangeError('secret-of-a-defect') } }, type: 'basic' }),
  }
  globalThis.fetch = async (url) => (responses[new URL(url).pathname] ?? (() => new Response('{}')))()
`

/** The calls contain this token, and no error may show it. */
export const TOKEN = 'canary-9f2c41d07be6'

/** Creates a call of `method` whose request goes to `path`. */
export function callTo(
  path: string,
  method: 'createApiKey' | 'getProfile' | 'revokeToken',
  timeoutMs = 5_000,
): ClientCall {
  const invocation: Invocation = { method, tokens: TOKEN }
  return { ...invocation, config: configFor(`http://127.0.0.1:1${path}`), options: { timeoutMs } }
}

function configFor(url: string): ResolvedConfig {
  return new OAuthClient({ endpoints: { token: url, apiKey: url, profile: url, revoke: url } }).config
}
