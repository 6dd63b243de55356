import { resolveAccount, type Account, type EmulatorAccount } from './authorization-server/account.ts'
import { assertClients, type EmulatorClient } from './authorization-server/client-registry.ts'
import { assertFederationRules, type EmulatorFederationRule } from './authorization-server/federation-rule.ts'

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

/** The options with all defaults. */
export interface Settings {
  readonly port: number
  readonly now: () => number
  readonly clients: readonly EmulatorClient[]
  readonly separateApiOrigin: boolean
  readonly account: Account
  readonly federationRules: readonly EmulatorFederationRule[] | undefined
  readonly tokenLifetimeSeconds: number
  readonly codeLifetimeSeconds: number
  readonly loginLifetimeSeconds: number | undefined
}

/**
 * @throws TypeError when an option has the wrong type or is malformed
 * @throws RangeError when a port or lifetime is out of range
 */
export function resolveOptions(options: EmulatorOptions): Settings {
  // Looks up `Date.now` at each call, since a test's fake timers may replace it.
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
