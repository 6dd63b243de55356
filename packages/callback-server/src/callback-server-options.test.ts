import { describe, expect, it } from 'vitest'
import { startWaiting, STATE } from '../test/waiting-server.ts'
import type { CallbackServerOptions } from './callback-server-options.ts'

function start(options: unknown) {
  return startWaiting(options as Partial<CallbackServerOptions>)
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
  ])('throws a TypeError for the state %j', async (state) => {
    await expect(start({ state })).rejects.toThrow(
      new TypeError('A state has 43 to 512 characters of A-Z, a-z, 0-9, "-", ".", "_" and "~"'),
    )
  })

  it.each([null, '80', 1.5, NaN, Infinity, [], [0, '80'], {}])(
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
    'takes the path %s',
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
  ])('throws a TypeError for a %s page that is no document: %j', async (name, page) => {
    await expect(start({ pages: { [name]: page } })).rejects.toThrow(
      new TypeError(`pages.${name} must be an HTML document that begins with <!doctype html>`),
    )
  })

  it.each(['success', 'failure'])('throws a TypeError for a %s page with a script', async (name) => {
    const page = `${PAGE}<SCRIPT>alert(1)</SCRIPT>`
    await expect(start({ pages: { [name]: page } })).rejects.toThrow(
      new TypeError(`pages.${name} must have no script: the page's policy would not run it`),
    )
  })

  it('takes undefined for the default of every option but the state', async () => {
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
