import type { AuthorizationResponse } from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import type { CallbackServerOptions } from './callback-server-options.ts'
import { startCallbackServer } from './callback-server.ts'

/**
 * Listens on a fixed port until the response of a login arrives, and returns the response.
 *
 * @param port - the port of the flow's redirect URI, 1 to 65,535
 * @param expectedState - the flow's state
 * @throws AnthropicAuthError with the codes of {@link startCallbackServer} and `waitForCallback()`
 * @throws TypeError when an argument or option is invalid, such as port 0, which no redirect could reach
 */
export async function runCallbackServer(
  port: number,
  expectedState: string,
  options: Omit<CallbackServerOptions, 'port' | 'state'> = {},
): Promise<AuthorizationResponse> {
  checkArguments(port, expectedState)
  const { path, redirectHost, timeoutMs, signal, pages, onRequest } = readOptions(options)
  const rest = { path, redirectHost, timeoutMs, signal, pages, onRequest }
  const own = rest satisfies Record<keyof typeof options, unknown>
  const server = await startCallbackServer({ ...own, port, state: expectedState })
  try {
    return await server.waitForCallback()
  } finally {
    await server.close()
  }
}

function checkArguments(port: unknown, expectedState: unknown): void {
  if (!Number.isInteger(port) || port === 0) {
    throw new TypeError('port must be an integer above 0. To use any free port, call startCallbackServer()')
  }
  if (typeof expectedState !== 'string') throw new TypeError('expectedState must be a string')
}
