import { startCallbackServer, type CallbackServer } from '@anthropic-auth/callback-server'
import { generateState, isAnthropicAuthError } from '@anthropic-auth/core'
import type { Checks } from './check.ts'

/** The checks for Node, Deno and Bun. */
export const callbackServerChecks: Checks = {
  'startCallbackServer() accepts the real response on either address, after forged ones': async () => {
    for (const host of ['127.0.0.1', '[::1]']) {
      const state = generateState()
      const server = await startCallbackServer({ state })
      const url = `http://${host}:${server.port}/callback`
      assertStatus(await visit(`${url}?code=a-code&state=${generateState()}`), 400)
      assertStatus(await visit(`http://${host}:${server.port}/other`), 404)
      assertStatus(await visit(`${url}?code=a-code&state=${state}`), 200)
      const { code } = await server.waitForCallback()
      if (code !== 'a-code') throw new Error(`the code is ${code}`)
      await assertFree(server)
    }
  },
  'startCallbackServer() reports denial, timeout, abort and close()': async () => {
    const state = generateState()
    const denied = await startCallbackServer({ state })
    assertStatus(
      await visit(`http://127.0.0.1:${denied.port}/callback?error=access_denied&state=${state}`),
      200,
    )
    await assertFailure(denied, 'authorization_denied')
    await assertFailure(await startCallbackServer({ state, timeoutMs: 1 }), 'callback_timeout')
    const controller = new AbortController()
    const aborted = await startCallbackServer({ state, signal: controller.signal })
    controller.abort()
    await assertFailure(aborted, 'aborted')
    const closed = await startCallbackServer({ state })
    await closed.close()
    await assertFailure(closed, 'callback_server_failed')
  },
  'startCallbackServer() says that a port is taken': async () => {
    const server = await startCallbackServer({ state: generateState() })
    const second = startCallbackServer({ state: generateState(), port: server.port })
    await assertRejection(second, 'port_unavailable')
    await server.close()
  },
}

/** The checks for browsers and workers. */
export const missingServerChecks: Checks = {
  'startCallbackServer() says that there is no server here': async () => {
    await assertRejection(startCallbackServer({ state: generateState() }), 'unsupported_runtime')
  },
}

/** Sends the request without `fetch()`, which in Node would say that it isn't a navigation. */
export async function visit(url: string): Promise<number> {
  const { request } = process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.on('error', reject).end()
  })
}

async function assertFree({ port }: CallbackServer): Promise<void> {
  const server = await startCallbackServer({ state: generateState(), port })
  await server.close()
}

async function assertFailure(server: CallbackServer, code: string): Promise<void> {
  await assertRejection(server.waitForCallback(), code)
  await assertFree(server)
}

async function assertRejection(work: Promise<unknown>, code: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isAnthropicAuthError(error) && error.code === code) return
  throw new Error(`not ${code} but ${String(error)}`)
}

function assertStatus(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`the status is ${actual}, not ${expected}`)
}
