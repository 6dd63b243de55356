import type { Endpoints } from '@anthropic-auth/core'
import { createApp, type Role } from './app.ts'
import { assertFederationRules, type EmulatorFederationRule } from './authorization-server/federation-rule.ts'
import { AccountHold } from './authorization-server/account-hold.ts'
import { resolveAccount, type EmulatorAccount } from './authorization-server/account.ts'
import { AuthorizationCodes } from './authorization-server/authorization-code.ts'
import { ClientRegistry, assertClients, type EmulatorClient } from './authorization-server/client-registry.ts'
import { PATHS, endpointsOf } from './authorization-server/endpoint-paths.ts'
import { PendingConsents } from './authorization-server/pending-consents.ts'
import type { ServerState } from './authorization-server/server-state.ts'
import { Sessions } from './authorization-server/session.ts'
import { FaultQueue, type Faults } from './faults/fault-queue.ts'
import { openListener, type Listener } from './listener.ts'
import { RequestLog, type RecordedRequest } from './request-log.ts'
import { responseInHand, pressButton } from './simulated-user.ts'
import { visitPage, type VisitOptions } from './visit.ts'

/** How to run an emulator; every option has a default. */
export interface EmulatorOptions {
  /**
   * The port on 127.0.0.1, 0 to 65535. 0 is any free port.
   *
   * @default 0
   */
  readonly port?: number | undefined
  /**
   * The clock by which codes, tokens and logins expire, in milliseconds since 1970.
   *
   * @default Date.now
   */
  readonly now?: (() => number) | undefined
  /** More clients, besides the default one and `ant`'s. A client with the same id replaces the built-in one. */
  readonly clients?: readonly EmulatorClient[] | undefined
  /**
   * How long access tokens live, in whole seconds.
   *
   * @default 28_800
   */
  readonly tokenLifetimeSeconds?: number | undefined
  /**
   * How long authorization codes live, in whole seconds.
   *
   * @default 600
   */
  readonly codeLifetimeSeconds?: number | undefined
  /**
   * How long a login lasts, however often it is refreshed, in whole seconds. Token responses then include
   * `refresh_token_expires_in`. By default, logins never end by themselves, and the field is left out.
   */
  readonly loginLifetimeSeconds?: number | undefined
  /** The user who logs in. */
  readonly account?: EmulatorAccount | undefined
  /**
   * The rules by which machines log in with an identity token.
   *
   * @default every rule id, with any identity token that is a valid JSON Web Token
   */
  readonly federationRules?: readonly EmulatorFederationRule[] | undefined
  /**
   * Serves the token endpoint and the API on a separate origin, on a free port.
   *
   * @default false
   */
  readonly separateApiOrigin?: boolean | undefined
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** The origin of consent and code page: `http://127.0.0.1:{port}`. */
  readonly url: string
  /** The origin of token endpoint and API: `url`, or another one with `separateApiOrigin`. */
  readonly apiUrl: string
  /** For the client's `endpoints` option. */
  readonly endpoints: Endpoints
  /** The last 10,000 requests, in the order in which they came. */
  readonly requests: readonly RecordedRequest[]
  /** Makes endpoints fail on demand. */
  readonly faults: Faults
  /**
   * Opens the consent page and allows access, as a user does.
   *
   * @returns what the user then has: `code#state` from the code page, or the redirect URL, which is not requested.
   *   While the account is on hold, it is the redirect URL with `error`
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
 * await using emulator = await startEmulator()
 * const client = new OAuthClient({ endpoints: emulator.endpoints })
 * const flow = client.startFlow('console')
 * const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
 * ```
 *
 * @throws TypeError when an option has the wrong type, a client no id, or a redirect URI a form that can't be registered
 * @throws RangeError when a port or lifetime is out of range
 * @throws AnthropicAuthError `port_unavailable`
 * @see https://www.rfc-editor.org/rfc/rfc6749
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = resolveOptions(options)
  const log = new RequestLog(settings.now)
  const faults = new FaultQueue()
  const origins = await openOrigins(settings)
  const { url } = origins.consent
  const apiUrl = origins.api.url
  const state = createState(settings, url)
  serve(origins, state, log, faults)
  const press = (authorizationUrl: string, decision: 'allow' | 'deny') =>
    pressButton(authorizationUrl, url, decision)
  return {
    url,
    apiUrl,
    endpoints: endpointsOf(url, apiUrl),
    requests: log.records,
    faults,
    approve: async (authorizationUrl) => responseInHand(await press(authorizationUrl, 'allow'), url),
    deny: (authorizationUrl) => press(authorizationUrl, 'deny'),
    visit: (authorizationUrl, visitOptions = {}) => visitPage(authorizationUrl, url, visitOptions),
    expireAccessTokens: () => state.sessions.expireAccessTokens(),
    endLogins: () => state.sessions.endLogins(),
    setAccountOnHold: (hold) => state.hold.set(hold),
    close: origins.close,
    [Symbol.asyncDispose]: origins.close,
  }
}

type Settings = ReturnType<typeof resolveOptions>

function resolveOptions(options: EmulatorOptions) {
  // Not `Date.now` itself: looked up at each call, it can be replaced by a test's own clock.
  const { port = 0, now = () => Date.now(), clients = [], separateApiOrigin = false } = options
  const {
    federationRules,
    tokenLifetimeSeconds = 28_800,
    codeLifetimeSeconds = 600,
    loginLifetimeSeconds,
  } = options
  if (typeof now !== 'function') throw new TypeError('now must be a function')
  assertClients(clients)
  assertFederationRules(federationRules)
  assertInteger('port', port, 0, 65_535)
  assertInteger('tokenLifetimeSeconds', tokenLifetimeSeconds, 0, Number.MAX_SAFE_INTEGER)
  assertInteger('codeLifetimeSeconds', codeLifetimeSeconds, 0, Number.MAX_SAFE_INTEGER)
  if (loginLifetimeSeconds !== undefined) {
    assertInteger('loginLifetimeSeconds', loginLifetimeSeconds, 0, Number.MAX_SAFE_INTEGER)
  }
  const lifetimes = { tokenLifetimeSeconds, codeLifetimeSeconds, loginLifetimeSeconds }
  const account = resolveAccount(options.account)
  return { port, now, clients, separateApiOrigin, account, federationRules, ...lifetimes }
}

function assertInteger(name: string, value: number, least: number, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}`)
  }
}

function createState(settings: Settings, url: string): ServerState {
  const { now, account, federationRules, tokenLifetimeSeconds } = settings
  const { codeLifetimeSeconds, loginLifetimeSeconds } = settings
  return {
    url,
    now,
    account,
    federationRules,
    hold: new AccountHold(),
    clients: new ClientRegistry(url + PATHS.codePage, settings.clients),
    consents: new PendingConsents(now),
    codes: new AuthorizationCodes(now, codeLifetimeSeconds),
    sessions: new Sessions(now, loginLifetimeSeconds ?? Infinity),
    tokenLifetimeSeconds,
  }
}

interface Origins {
  readonly consent: Listener
  readonly api: Listener
  readonly close: () => Promise<void>
}

async function openOrigins({ port, separateApiOrigin }: Settings): Promise<Origins> {
  const consent = await openListener(port)
  if (!separateApiOrigin) return { consent, api: consent, close: () => consent.close() }
  try {
    const api = await openListener(0)
    const close = async (): Promise<void> => void (await Promise.all([consent.close(), api.close()]))
    return { consent, api, close }
  } catch (error) {
    await consent.close()
    throw error
  }
}

function serve({ consent, api }: Origins, state: ServerState, log: RequestLog, faults: FaultQueue): void {
  const roles: readonly Role[] = consent === api ? ['consent', 'api'] : ['consent']
  consent.serve({ app: createApp(state, roles), log, faults })
  if (consent !== api) api.serve({ app: createApp(state, ['api']), log, faults })
}
