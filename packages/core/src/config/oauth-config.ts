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

/** A `fetch` of your own. It is always called with a string and a plain init. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The options of an {@link OAuthClient}. An option that is left out or `undefined` has its default. */
export interface OAuthConfig {
  /**
   * The public client id.
   *
   * @default '9d1c250a-e61b-44d9-88ed-5944d1962f5e', as in the Rust crate `anthropic-auth`
   */
  readonly clientId?: string | undefined
  /**
   * The target of the response: https, http on loopback, or a scheme of your own, such as
   * `vscode://publisher.extension/callback`.
   *
   * @default `endpoints.codePage`, a page that shows the code to the user
   */
  readonly redirectUri?: string | undefined
  /** Shorthand for `redirectUri: 'http://localhost:{port}/callback'`, from 1 to 65535. */
  readonly redirectPort?: number | undefined
  /**
   * The scopes to request. An empty list requests none.
   *
   * @default ['org:create_api_key', 'user:profile', 'user:inference']
   */
  readonly scopes?: readonly string[] | undefined
  /**
   * If you set `token`, then `apiKey`, `profile` and `revoke` have no defaults: a token is never sent to a different
   * server.
   *
   * @default {@link defaultEndpoints}
   */
  readonly endpoints?: EndpointOverrides | undefined
  /**
   * One deadline for all attempts and waits of one call, in milliseconds.
   *
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Whether a response must include the state.
   *
   * @default true, unless the flow's redirect URI is `endpoints.codePage`
   */
  readonly requireState?: boolean | undefined
  /** @default 'anthropic-auth/<version>' */
  readonly userAgent?: string | undefined
  /**
   * The encoding of token requests.
   *
   * @default 'json'
   */
  readonly tokenEncoding?: 'json' | 'form' | undefined
  /**
   * More parameters of the authorization request.
   *
   * @default { code: 'true' } with the default client id, otherwise none
   */
  readonly authorizeParams?: Readonly<Record<string, string>> | undefined
  /**
   * A `fetch` of your own, for example for a proxy.
   *
   * @default globalThis.fetch, looked up at each call
   */
  readonly fetch?: Fetch | undefined
}

/** The {@link Endpoints} of one client. Without a default, an endpoint that wasn't set is `null`. */
export interface ResolvedEndpoints extends Omit<Endpoints, 'apiKey' | 'profile' | 'revoke'> {
  readonly apiKey: string | null
  readonly profile: string | null
  readonly revoke: string | null
}

/** A validated, frozen {@link OAuthConfig} with its defaults. */
export interface ResolvedConfig {
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly endpoints: ResolvedEndpoints
  readonly timeoutMs: number
  /** `null`: a response must include the state, unless the flow's redirect URI is `endpoints.codePage`. */
  readonly requireState: boolean | null
  readonly userAgent: string
  readonly tokenEncoding: 'json' | 'form'
  readonly authorizeParams: Readonly<Record<string, string>>
  readonly fetch: Fetch | null
}

/** The parameters that the client sets in every authorization request. */
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
/** Visible ASCII and inner spaces. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/

/**
 * Validates, defaults and freezes a configuration.
 *
 * @param config - a view without the members of `Object.prototype`
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
    throw invalid('redirectPort', "can't be combined with redirectUri: set one of them")
  }
  if (!Number.isInteger(redirectPort) || redirectPort < 1 || redirectPort > 65_535) {
    throw invalid('redirectPort', 'must be an integer from 1 to 65535')
  }
  return `http://localhost:${redirectPort}/callback`
}

/** Returns `redirectUri` unchanged: the exchange must send the same bytes as the authorization request. */
export function checkedRedirectUri(redirectUri: string): string {
  const problem = redirectUriProblem(redirectUri)
  if (problem !== null) throw invalid('redirectUri', problem)
  return redirectUri
}

function resolveScopes(scopes: readonly string[] = DEFAULT_SCOPES): readonly string[] {
  return checkedScopes(scopes)
}

/** Returns a frozen copy of `scopes`. */
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
      throw invalid('authorizeParams', `must not set ${name}: the client sets it`)
    }
  }
  return Object.freeze({ ...params })
}

function resolveEndpoints(given: EndpointOverrides = {}): ResolvedEndpoints {
  assertObject('endpoints', given)
  const overrides = membersOf(given)
  const authorize = resolveAuthorize(overrides.authorize)
  const token = endpoint('token', overrides.token, defaultEndpoints.token)
  // Tokens of another server are never sent to Anthropic.
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
      throw invalid('endpoints.authorize', `must not contain the parameter ${name}: the client sets it`)
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
