import type { AuthorizationResponse } from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import type { CallbackServerOptions } from './callback-server-options.ts'
import { startCallbackServer } from './callback-server.ts'

/**
 * Listens on a fixed port until one login is answered, and returns the answer.
 *
 * @param port - 1 to 65,535; that of the flow's redirect URI
 * @param expectedState - the flow's state
 * @throws AnthropicAuthError as `startCallbackServer()` and `waitForCallback()` do
 * @throws TypeError for port 0, which nobody could redirect to, and for options that are misused
 */
export async function runCallbackServer(
  port: number,
  expectedState: string,
  options: Omit<CallbackServerOptions, 'port' | 'state'> = {},
): Promise<AuthorizationResponse> {
  if (!Number.isInteger(port) || port === 0) {
    throw new TypeError('port must be a fixed one; startCallbackServer() finds a free one')
  }
  if (typeof expectedState !== 'string') throw new TypeError('expectedState must be a string')
  const { path, redirectHost, timeoutMs, signal, pages, onRequest } = readOptions(options)
  const rest = { path, redirectHost, timeoutMs, signal, pages, onRequest }
  const server = await startCallbackServer({
    ...(rest satisfies Record<keyof typeof options, unknown>),
    port,
    state: expectedState,
  })
  try {
    return await server.waitForCallback()
  } finally {
    await server.close()
  }
}
