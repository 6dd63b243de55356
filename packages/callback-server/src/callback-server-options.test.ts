import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startWaiting, STATE } from '../test/waiting-server.ts'
import { startCallbackServer } from './callback-server.ts'
import { type CallbackServerOptions, resolveOptions } from './callback-server-options.ts'

function start(options: unknown) {
  return startWaiting(options as Partial<CallbackServerOptions>)
}

/** Two members with a hole between them. */
function withHole<T>(first: T, last: T): T[] {
  return Object.assign(Array<T>(3), { 0: first, 2: last })
}

const PAGE = '<!doctype html><title>x</title><p>x'

describe('startCallbackServer()', () => {
  it.each([
    undefined,
    null,
    '',
    'short',
    STATE.slice(1),
    `${STATE}=`,
    `${STATE} `,
    `${STATE}\n`,
    'x'.repeat(513),
    43,
    {},
    [],
    [[STATE]],
    [STATE, ''],
    [STATE, undefined],
    Array(3),
    withHole(STATE, STATE),
  ])('throws a TypeError for the state %j', async (state) => {
    await expect(start({ state })).rejects.toThrow(
      new TypeError('state must have 43 to 512 characters of [A-Za-z0-9._~-]'),
    )
  })

  it.each([null, '80', 1.5, NaN, Infinity, [], [0, '80'], {}, Array(3), withHole(0, 0)])(
    'throws a TypeError for the port %j',
    async (port) => {
      await expect(start({ port })).rejects.toThrow(
        new TypeError('port must be an integer or a list of integers'),
      )
    },
  )

  it.each([
    null,
    '',
    'callback',
    '//evil/callback',
    '/callback?x=y',
    '/callback?',
    '/callback#x',
    '/callback#',
    '/a/../callback',
    '/a b',
    '/é',
    '/a\\b',
    '/a\nb',
    '//',
    ['/callback'],
  ])('throws a TypeError for the path %j', async (path) => {
    await expect(start({ path })).rejects.toThrow(TypeError)
    await expect(start({ path })).rejects.toThrow(/^path must begin with one "\/"/)
  })

  it.each(['/', '/callback', '/oauth/callback', '/a//b', '/caf%C3%A9', "/it's"])(
    'accepts the path %s',
    async (path) => {
      const { redirectUri, port } = await start({ path })
      expect(redirectUri).toBe(`http://localhost:${port}${path}`)
    },
  )

  it.each([null, '', '::1', '0.0.0.0', 'LOCALHOST', 'example.com'])(
    'throws a TypeError for the redirect host %j',
    async (redirectHost) => {
      await expect(start({ redirectHost })).rejects.toThrow(
        new TypeError("redirectHost must be 'localhost' or '127.0.0.1'"),
      )
    },
  )

  it.each([0, -1, NaN, Infinity, null, '1000'])('throws a TypeError for timeoutMs %j', async (timeoutMs) => {
    await expect(start({ timeoutMs })).rejects.toThrow(new TypeError('timeoutMs must be a number above 0'))
  })

  it.each([null, {}, new AbortController(), 'abort'])(
    'throws a TypeError for the signal %j',
    async (signal) => {
      await expect(start({ signal })).rejects.toThrow(new TypeError('signal must be an AbortSignal'))
    },
  )

  it.each([null, 'log', {}])('throws a TypeError for onRequest %j', async (onRequest) => {
    await expect(start({ onRequest })).rejects.toThrow(new TypeError('onRequest must be a function'))
  })

  it.each([
    ['success', null],
    ['failure', ''],
    ['success', '<p>Done</p>'],
    ['failure', '<html><p>Failed</p></html>'],
    ['success', new String(PAGE)],
  ])("throws a TypeError for a %s page that isn't a document: %j", async (name, page) => {
    await expect(start({ pages: { [name]: page } })).rejects.toThrow(
      new TypeError(`pages.${name} must be an HTML document that begins with <!doctype html>`),
    )
  })

  it.each(['success', 'failure'])('throws a TypeError for a %s page with a script', async (name) => {
    const page = `${PAGE}<SCRIPT>alert(1)</SCRIPT>`
    await expect(start({ pages: { [name]: page } })).rejects.toThrow(
      new TypeError(`pages.${name} must not contain a script: the page's Content-Security-Policy blocks it`),
    )
  })

  it.each([undefined, null, 'text', 7, [], () => 1])(
    'throws a TypeError for the options %j',
    async (options) => {
      await expect(startCallbackServer(options as never)).rejects.toThrow(
        new TypeError('options must be an object'),
      )
    },
  )

  it.each([null, PAGE, 7, []])('throws a TypeError for the pages %j', async (pages) => {
    await expect(start({ pages })).rejects.toThrow(new TypeError('pages must be an object'))
  })

  it('accepts options of a class, and without a prototype', async () => {
    class Options {
      readonly #path = '/other'

      get state(): string {
        return STATE
      }

      get path(): string {
        return this.#path
      }
    }
    for (const options of [new Options(), { __proto__: null, state: STATE, path: '/other' }]) {
      const { redirectUri, close } = await startCallbackServer(options)
      expect(new URL(redirectUri).pathname).toBe('/other')
      await close()
    }
  })

  it('reads nothing from Object.prototype', async () => {
    const names = `port path redirectHost timeoutMs pages onRequest success failure state error code once origin host purpose`
    const headers =
      'sec-fetch-mode sec-fetch-dest sec-purpose x-purpose x-moz outcome reason cause Deno fd exclusive'
    const child = fileURLToPath(new URL('../test/polluted-process.ts', import.meta.url))
    const args = [
      '--conditions=@anthropic-auth/source',
      child,
      JSON.stringify(`${names} ${headers}`.split(' ')),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(JSON.parse(stdout)).toEqual({ expected: expect.stringContaining('200 OK'), problems: [] })
  })

  it('reads no signal from Object.prototype, as Node itself would', () => {
    Reflect.defineProperty(Object.prototype, 'signal', { value: AbortSignal.abort(), configurable: true })
    try {
      expect(resolveOptions({ state: STATE }).signal).toBeUndefined()
    } finally {
      Reflect.deleteProperty(Object.prototype, 'signal')
    }
  })

  it('treats undefined as the default of every option except the state', async () => {
    const options = { port: undefined, path: undefined, redirectHost: undefined, timeoutMs: undefined }
    const others = {
      signal: undefined,
      pages: { success: undefined, failure: undefined },
      onRequest: undefined,
    }
    const { redirectUri, port } = await start({ ...options, ...others })
    expect(redirectUri).toBe(`http://localhost:${port}/callback`)
    await expect(start({ pages: undefined })).resolves.toHaveProperty('port')
  })
})
