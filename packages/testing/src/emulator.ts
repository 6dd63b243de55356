import type { Endpoints } from '@anthropic-auth/core'
import { endpointsOf } from './authorization-server/endpoint-paths.ts'
import { resolveOptions, type EmulatorOptions } from './emulator-options.ts'
import type { Faults } from './faults/fault-queue.ts'
import type { RecordedRequest } from './request-log.ts'
import { pressButton, responseInHand } from './simulated-user.ts'
import { visitPage, type VisitOptions } from './visit.ts'

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** The origin of the consent page, the code page and the inspector: `http://127.0.0.1:{port}`. */
  readonly url: string
  /** The origin of the token endpoint and the API: `url`, or another one with `separateApiOrigin`. */
  readonly apiUrl: string
  /** The emulator's own page: the requests as they happen, the logins, and faults to switch on. Open it in a browser. */
  readonly inspectorUrl: string
  /** The value for the client's `endpoints` option. */
  readonly endpoints: Endpoints
  /** The last requests in the order of their arrival: 10,000 at most, and 32 MiB of text. */
  readonly requests: readonly RecordedRequest[]
  /** Makes endpoints fail on demand. */
  readonly faults: Faults
  /**
   * Opens the consent page and allows access, as a user does.
   *
   * @returns `code#state`, as the code page shows it, or the redirect URL, which is not requested. While the account is
   *   on hold, it is the redirect URL with `error`
   * @throws TypeError when the URL is not one of this emulator
   * @throws Error with the reason when the request is refused before consent
   */
  approve(authorizationUrl: string): Promise<string>
  /**
   * Opens the consent page and denies access, as a user does.
   *
   * @returns the redirect URL with `error`, which is not requested
   * @throws TypeError when the URL is not one of this emulator
   * @throws Error with the reason when the request is refused before consent
   */
  deny(authorizationUrl: string): Promise<string>
  /**
   * Opens the consent page, allows or denies access, and follows the redirect, as a browser does. It resolves once the
   * page at the end has been loaded. It needs no `this`, so a whole login in a test is
   * `login({ mode, client, openBrowser: emulator.visit })`.
   *
   * @throws TypeError when the URL is not one of this emulator, or the redirect leads to a URL that isn't http
   * @throws Error with the reason when the request is refused before consent, the signal's reason when it aborts, or
   *   the network's error when nothing listens at the redirect URI
   */
  visit(this: void, authorizationUrl: string, options?: VisitOptions): Promise<void>
  /** Makes the API refuse all access tokens issued so far. The refresh tokens still work. */
  expireAccessTokens(): void
  /**
   * Ends all logins so far: their refresh tokens get `invalid_grant`, "Refresh token expired". Their access tokens
   * work until they expire.
   */
  endLogins(): void
  /**
   * Puts the account on hold, or lifts the hold. While it is on hold, the token endpoint refuses codes and refresh
   * tokens with `account_on_hold` and an `error_uri`, without using them up. The consent page redirects back with the
   * same error, and the API refuses access tokens with 403.
   *
   * @throws TypeError when `hold` is not a boolean
   */
  setAccountOnHold(hold: boolean): void
  /** Ends all connections at once and frees the port; closing twice is fine. */
  close(): Promise<void>
}

/**
 * Starts an emulator of the authorization server on loopback. Several can run side by side.
 *
 * @example
 * ```ts
 * import { OAuthClient } from '@anthropic-auth/core'
 * import { startEmulator } from '@anthropic-auth/testing'
 *
 * const emulator = await startEmulator()
 * const client = new OAuthClient({ endpoints: emulator.endpoints })
 * const flow = client.startFlow('console')
 * const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
 * await emulator.close()
 * ```
 *
 * @throws TypeError when an option has the wrong type, or a client or rule is malformed
 * @throws RangeError when a port or lifetime is out of range
 * @throws AnthropicAuthError `port_unavailable`
 * @see https://www.rfc-editor.org/rfc/rfc6749
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = resolveOptions(options)
  // Loaded here, so that importing this package loads no web framework.
  const { startServer } = await import('./server.ts')
  const { url, apiUrl, log, faults, state, close } = await startServer(settings)
  const { sessions, hold } = state
  const press = (authorizationUrl: string, decision: 'allow' | 'deny') =>
    pressButton(authorizationUrl, url, decision)
  return {
    url,
    apiUrl,
    inspectorUrl: `${url}/`,
    endpoints: endpointsOf(url, apiUrl),
    requests: log.records,
    faults,
    approve: async (authorizationUrl) => responseInHand(await press(authorizationUrl, 'allow'), url),
    deny: (authorizationUrl) => press(authorizationUrl, 'deny'),
    visit: (authorizationUrl, visitOptions = {}) => visitPage(authorizationUrl, url, visitOptions),
    expireAccessTokens: () => sessions.expireAccessTokens(sessions.list),
    endLogins: () => sessions.endLogins(sessions.list),
    setAccountOnHold: (isActive) => hold.set(isActive),
    close,
    [Symbol.asyncDispose]: close,
  }
}
