import { AnthropicAuthError } from '../error/error.ts'
import { membersOf } from '../syntax/members.ts'
import { isScopeList } from '../syntax/scope.ts'
import { endpointProblem, redirectUriProblem } from '../syntax/url-rules.ts'
import { VERSION } from '../version.ts'
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_SCOPES,
  defaultEndpoints,
  type EndpointOverrides,
  type Endpoints,
} from './endpoints.ts'

/** A fetch of the caller's own: always called with a string and a plain init. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What an application can set; each member that is left out or `undefined` has its default. */
export interface OAuthConfig {
  /** The public client id; default: that of the Rust crate `anthropic-auth`. */
  readonly clientId?: string | undefined
  /**
   * Where the response goes: https, http on loopback, or a scheme of the application's own, such as
   * `vscode://publisher.extension/callback`; default: `endpoints.codePage`.
   */
  readonly redirectUri?: string | undefined
  /** Shorthand for `redirectUri: 'http://localhost:{port}/callback'`, 1 to 65535. */
  readonly redirectPort?: number | undefined
  /** Default: `org:create_api_key`, `user:profile` and `user:inference`. An empty list asks for none. */
  readonly scopes?: readonly string[] | undefined
  /** Where `token` is overridden, `apiKey`, `profile` and `revoke` have no default. */
  readonly endpoints?: EndpointOverrides | undefined
  /** One deadline for all attempts and waits of one call; default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Whether an answer must bring its state; default: yes, unless the flow's redirect URI is `endpoints.codePage`. */
  readonly requireState?: boolean | undefined
  /** Default: `anthropic-auth/<version>`. */
  readonly userAgent?: string | undefined
  /** The body of token requests; default `json`. */
  readonly tokenEncoding?: 'json' | 'form' | undefined
  /** More parameters of the authorization request; default: `{ code: 'true' }` with the default client id, else none. */
  readonly authorizeParams?: Readonly<Record<string, string>> | undefined
  /** For proxies and instrumentation; default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined
}

/** {@link Endpoints} of one client; `null` where `token` is another server's and nothing was given. */
export interface ResolvedEndpoints extends Omit<Endpoints, 'apiKey' | 'profile' | 'revoke'> {
  readonly apiKey: string | null
  readonly profile: string | null
  readonly revoke: string | null
}

/** An {@link OAuthConfig}, validated, with its defaults, frozen. */
export interface ResolvedConfig {
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly endpoints: ResolvedEndpoints
  readonly timeoutMs: number
  /** `null`: an answer must bring its state, unless the flow's redirect URI is `endpoints.codePage`. */
  readonly requireState: boolean | null
  readonly userAgent: string
  readonly tokenEncoding: 'json' | 'form'
  readonly authorizeParams: Readonly<Record<string, string>>
  readonly fetch: Fetch | null
}

/** The parameters of the authorization request that are the protocol's own. */
const RESERVED_PARAMETERS: ReadonlySet<string> = new Set([
  'client_id',
  'response_type',
  'redirect_uri',
  'scope',
  'code_challenge',
  'code_challenge_method',
  'state',
])

const VISIBLE_ASCII = /^[\x21-\x7e]+$/
/** A header's value: visible ASCII and inner spaces. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/

/**
 * Validates, defaults and freezes a configuration.
 *
 * @param config - without what comes from `Object.prototype`
 */
export function resolveConfig(config: OAuthConfig): ResolvedConfig {
  const clientId = resolveClientId(config.clientId)
  const endpoints = resolveEndpoints(config.endpoints)
  return Object.freeze({
    clientId,
    redirectUri: resolveRedirectUri(config, endpoints),
    scopes: resolveScopes(config.scopes),
    endpoints,
    timeoutMs: resolveTimeout(config.timeoutMs),
    requireState: optional('requireState', config.requireState, 'boolean', 'a boolean') ?? null,
    userAgent: resolveUserAgent(config.userAgent),
    tokenEncoding: resolveTokenEncoding(config.tokenEncoding),
    authorizeParams: resolveAuthorizeParams(config.authorizeParams, clientId),
    fetch: optional('fetch', config.fetch, 'function', 'a function') ?? null,
  })
}

function resolveClientId(clientId: string | undefined = DEFAULT_CLIENT_ID): string {
  if (typeof clientId === 'string' && VISIBLE_ASCII.test(clientId)) return clientId
  throw invalid('clientId', 'must be a string of visible ASCII characters, not empty')
}

function resolveRedirectUri(config: OAuthConfig, endpoints: ResolvedEndpoints): string {
  const { redirectUri, redirectPort } = config
  if (redirectPort === undefined) {
    return redirectUri === undefined ? endpoints.codePage : checkedRedirectUri(redirectUri)
  }
  if (redirectUri !== undefined) {
    throw invalid('redirectPort', 'and redirectUri are two ways to say one thing: give one')
  }
  if (!Number.isInteger(redirectPort) || redirectPort < 1 || redirectPort > 65_535) {
    throw invalid('redirectPort', 'must be an integer from 1 to 65535')
  }
  return `http://localhost:${redirectPort}/callback`
}

/** `redirectUri` as it is, since the exchange needs it byte-equal. */
export function checkedRedirectUri(redirectUri: string): string {
  const problem = redirectUriProblem(redirectUri)
  if (problem !== null) throw invalid('redirectUri', problem)
  return redirectUri
}

function resolveScopes(scopes: readonly string[] = DEFAULT_SCOPES): readonly string[] {
  return checkedScopes(scopes)
}

/** A frozen copy of `scopes`. */
export function checkedScopes(scopes: readonly string[]): readonly string[] {
  if (!isScopeList(scopes)) throw invalid('scopes', 'must be a list of scope names, each without spaces')
  return Object.freeze([...scopes])
}

function resolveTimeout(timeoutMs = 30_000): number {
  if (isTimeout(timeoutMs)) return timeoutMs
  throw invalid('timeoutMs', 'must be a finite number of milliseconds above 0')
}

export function isTimeout(timeoutMs: unknown): timeoutMs is number {
  return typeof timeoutMs === 'number' && Number.isFinite(timeoutMs) && timeoutMs > 0
}

function resolveUserAgent(userAgent = `anthropic-auth/${VERSION}`): string {
  if (typeof userAgent === 'string' && HEADER_VALUE.test(userAgent)) return userAgent
  throw invalid('userAgent', 'must be 1 to 256 characters of printable ASCII')
}

function resolveTokenEncoding(tokenEncoding: 'json' | 'form' = 'json'): 'json' | 'form' {
  if (tokenEncoding === 'json' || tokenEncoding === 'form') return tokenEncoding
  throw invalid('tokenEncoding', "must be 'json' or 'form'")
}

function resolveAuthorizeParams(
  params: Readonly<Record<string, string>> | undefined,
  clientId: string,
): Readonly<Record<string, string>> {
  if (params === undefined) return Object.freeze(clientId === DEFAULT_CLIENT_ID ? { code: 'true' } : {})
  assertObject('authorizeParams', params)
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'string') throw invalid('authorizeParams', 'must have strings as values')
    if (RESERVED_PARAMETERS.has(name)) {
      throw invalid('authorizeParams', `must not set ${name}, the protocol's own`)
    }
  }
  return Object.freeze({ ...params })
}

function resolveEndpoints(given: EndpointOverrides = {}): ResolvedEndpoints {
  assertObject('endpoints', given)
  const overrides = membersOf(given)
  const authorize = resolveAuthorize(overrides.authorize)
  const token = endpoint('token', overrides.token, defaultEndpoints.token)
  // A token of another server is never sent to Anthropic.
  const foreign = token !== defaultEndpoints.token
  const companion = (name: 'apiKey' | 'profile' | 'revoke'): string | null =>
    foreign && overrides[name] === undefined ? null : endpoint(name, overrides[name], defaultEndpoints[name])
  return Object.freeze({
    authorize,
    token,
    apiKey: companion('apiKey'),
    profile: companion('profile'),
    revoke: companion('revoke'),
    codePage: endpoint('codePage', overrides.codePage, defaultEndpoints.codePage),
  })
}

function resolveAuthorize(override: EndpointOverrides['authorize'] = {}): Endpoints['authorize'] {
  const modes = typeof override === 'string' ? { max: override, console: override } : override
  assertObject('endpoints.authorize', modes)
  const { max, console } = membersOf(modes)
  const resolved = {
    max: endpoint('authorize.max', max, defaultEndpoints.authorize.max),
    console: endpoint('authorize.console', console, defaultEndpoints.authorize.console),
  }
  for (const url of Object.values(resolved)) assertNoReservedParameter(url)
  return Object.freeze(resolved)
}

function assertNoReservedParameter(authorizeUrl: string): void {
  for (const name of new URL(authorizeUrl).searchParams.keys()) {
    if (RESERVED_PARAMETERS.has(name)) {
      throw invalid('endpoints.authorize', `must not carry ${name}, the protocol's own`)
    }
  }
}

function endpoint(name: string, url: string | undefined, fallback: string): string {
  const problem = url === undefined ? null : endpointProblem(url)
  if (problem !== null) throw invalid(`endpoints.${name}`, problem)
  return url ?? fallback
}

function optional<T>(name: string, value: T, type: 'boolean' | 'function', words: string): T {
  if (value !== undefined && typeof value !== type) throw invalid(name, `must be ${words}`)
  return value
}

function assertObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, 'must be an object')
  }
}

function invalid(option: string, problem: string): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', `${option} ${problem}`, { reason: option })
}
