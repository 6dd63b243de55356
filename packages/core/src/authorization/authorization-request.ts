import {
  deriveCodeChallenge,
  generateCodeVerifier,
  generateVerifierAndState,
} from '@anthropic-auth/pkce/internal'
import { checkedRedirectUri, checkedScopes, type ResolvedConfig } from '../config/oauth-config.ts'
import { isId, isMode, isState, type OAuthFlow, type OAuthMode } from './oauth-flow.ts'

/** The options of one login. An option that is left out or `undefined` has its default. */
export interface StartFlowOptions {
  /**
   * An unguessable text of 43 to 512 characters of `[A-Za-z0-9-._~]`.
   *
   * @default generateState()
   */
  readonly state?: string | undefined
  /** @default the client's redirect URI */
  readonly redirectUri?: string | undefined
  /** @default the client's scopes */
  readonly scopes?: readonly string[] | undefined
  /** The e-mail address that the login page fills in. */
  readonly loginHint?: string | undefined
  /** The UUID of the organization to log in to. `exchangeCode()` refuses any other. */
  readonly organizationId?: string | undefined
  /** The workspace to log in to. `exchangeCode()` refuses any other. */
  readonly workspaceId?: string | undefined
}

/**
 * Creates a flow with its authorization URL (RFC 6749, section 4.1.1, and RFC 7636, section 4.3).
 *
 * @param options - a view without the members of `Object.prototype`
 */
export function createFlow(config: ResolvedConfig, mode: OAuthMode, options: StartFlowOptions): OAuthFlow {
  if (!isMode(mode)) throw new TypeError("The mode must be 'max' or 'console'")
  const { scopes = config.scopes, redirectUri = config.redirectUri } = options
  const { verifier, state } = secretsOf(options)
  const { organizationId, workspaceId, loginHint } = options
  if (!isState(state)) {
    throw new TypeError('state must be 43 to 512 characters of A-Z, a-z, 0-9, "-", ".", "_" and "~"')
  }
  assertId('organizationId', organizationId)
  assertId('workspaceId', workspaceId)
  if (loginHint !== undefined && typeof loginHint !== 'string') {
    throw new TypeError('loginHint must be a string')
  }
  const request = {
    verifier,
    state,
    mode,
    redirectUri: redirectUri === config.redirectUri ? redirectUri : checkedRedirectUri(redirectUri),
    clientId: config.clientId,
    scopes: scopes === config.scopes ? scopes : checkedScopes(scopes),
    ...(organizationId !== undefined && { organizationId }),
    ...(workspaceId !== undefined && { workspaceId }),
  }
  const authorizationUrl = buildAuthorizationUrl(config, request, {
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(organizationId !== undefined && { orgUUID: organizationId }),
    ...(workspaceId !== undefined && { workspace_id: workspaceId }),
  })
  return Object.freeze({ authorizationUrl, ...request, createdAt: Math.floor(Date.now() / 1000) })
}

function secretsOf({ state }: StartFlowOptions): Pick<OAuthFlow, 'verifier' | 'state'> {
  return state === undefined ? generateVerifierAndState() : { verifier: generateCodeVerifier(), state }
}

function assertId(name: 'organizationId' | 'workspaceId', id: unknown): void {
  if (id === undefined || isId(id)) return
  throw new TypeError(`${name} must be a non-empty string`)
}

type AuthorizationRequest = Pick<OAuthFlow, 'verifier' | 'state' | 'mode' | 'redirectUri' | 'scopes'>
type Parameters = Readonly<Record<string, string>>

function buildAuthorizationUrl(
  config: ResolvedConfig,
  request: AuthorizationRequest,
  hints: Parameters,
): string {
  const endpoint = config.endpoints.authorize[request.mode]
  const challenge = deriveCodeChallenge(request.verifier)
  if (!endpoint.includes('?') && isUsual(config, request, hints)) {
    return `${endpoint}?${usualQuery(config)}&code_challenge=${challenge}${AFTER_CHALLENGE}${escapeState(request.state)}`
  }
  return withParameters(endpoint, {
    ...leadingParameters(config, request),
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: request.state,
    ...hints,
  })
}

const AFTER_CHALLENGE = '&code_challenge_method=S256&state='

/** The tilde is the only character of a state that is escaped in a query. */
function escapeState(state: string): string {
  return state.replaceAll('~', '%7E')
}

/** Returns the parameters before the challenge. */
function leadingParameters(
  { authorizeParams, clientId }: ResolvedConfig,
  { redirectUri, scopes }: Pick<AuthorizationRequest, 'redirectUri' | 'scopes'>,
): Parameters {
  return {
    ...authorizeParams,
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
}

/** Whether a request differs from others of its client only in the mode, the challenge and the state. */
function isUsual(config: ResolvedConfig, request: AuthorizationRequest, hints: Parameters): boolean {
  const { redirectUri, scopes } = config
  return request.redirectUri === redirectUri && request.scopes === scopes && Object.keys(hints).length === 0
}

/** The leading parameters of each client's usual requests. Encoding them takes as long as the rest of a flow. */
const usualQueries = new WeakMap<ResolvedConfig, string>()

function usualQuery(config: ResolvedConfig): string {
  const known = usualQueries.get(config)
  if (known !== undefined) return known
  const query = new URLSearchParams(leadingParameters(config, config)).toString()
  usualQueries.set(config, query)
  return query
}

function withParameters(endpoint: string, parameters: Parameters): string {
  if (!endpoint.includes('?')) return `${endpoint}?${new URLSearchParams(parameters).toString()}`
  // The endpoint's own query must be kept (RFC 6749, section 3.1).
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
