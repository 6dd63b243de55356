import { deriveCodeChallenge, generateCodeVerifier, generateState } from '@anthropic-auth/pkce'
import { checkedRedirectUri, checkedScopes, type ResolvedConfig } from '../config/oauth-config.ts'
import { membersOf } from '../syntax/members.ts'
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
  const { state = generateState(), scopes = config.scopes, redirectUri = config.redirectUri } = options
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
    verifier: generateCodeVerifier(),
    state,
    mode,
    redirectUri: redirectUri === config.redirectUri ? redirectUri : checkedRedirectUri(redirectUri),
    clientId: config.clientId,
    scopes: scopes === config.scopes ? scopes : checkedScopes(scopes),
    ...(organizationId !== undefined && { organizationId }),
    ...(workspaceId !== undefined && { workspaceId }),
  }
  const authorizationUrl = buildAuthorizationUrl(config, membersOf(request), loginHint)
  return Object.freeze({ authorizationUrl, ...request, createdAt: Math.floor(Date.now() / 1000) })
}

function assertId(name: 'organizationId' | 'workspaceId', id: unknown): void {
  if (id === undefined || isId(id)) return
  throw new TypeError(`${name} must be a non-empty string`)
}

type AuthorizationRequest = Omit<OAuthFlow, 'authorizationUrl' | 'createdAt'>
type Parameters = Readonly<Record<string, string>>

function buildAuthorizationUrl(
  config: ResolvedConfig,
  request: AuthorizationRequest,
  loginHint: string | undefined,
): string {
  const parameters: Parameters = {
    ...config.authorizeParams,
    client_id: request.clientId,
    response_type: 'code',
    redirect_uri: request.redirectUri,
    ...(request.scopes.length > 0 && { scope: request.scopes.join(' ') }),
    code_challenge: deriveCodeChallenge(request.verifier),
    code_challenge_method: 'S256',
    state: request.state,
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(request.organizationId !== undefined && { orgUUID: request.organizationId }),
    ...(request.workspaceId !== undefined && { workspace_id: request.workspaceId }),
  }
  const endpoint = config.endpoints.authorize[request.mode]
  if (!endpoint.includes('?')) return `${endpoint}?${new URLSearchParams(parameters).toString()}`
  // The endpoint's own query must be kept (RFC 6749, section 3.1).
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
