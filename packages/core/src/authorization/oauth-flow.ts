import { AnthropicAuthError } from '../error/error.ts'
import { isJsonObject } from '../syntax/json-object.ts'
import { memberOf } from '../syntax/members.ts'
import { isScopeList } from '../syntax/scope.ts'
import { endpointProblem, redirectUriProblem } from '../syntax/url-rules.ts'

/** `max` is for a Claude Pro or Max subscription, on claude.ai; `console` is for an account that may create API keys. */
export type OAuthMode = 'max' | 'console'

/**
 * A login that has been started. It is plain, frozen and JSON-serialisable, so that a web server can start it in one
 * request and finish it in another. It contains a secret: the PKCE verifier.
 */
export interface OAuthFlow {
  /** The URL that the user opens. */
  readonly authorizationUrl: string
  /** The PKCE code verifier (RFC 7636, section 4.1). */
  readonly verifier: string
  readonly state: string
  readonly mode: OAuthMode
  readonly redirectUri: string
  readonly clientId: string
  /** The requested scopes. */
  readonly scopes: readonly string[]
  /** The UUID of the organization that the login must be for. Absent if any is accepted. */
  readonly organizationId?: string | undefined
  /** The workspace that the login must be for. Absent if any is accepted. */
  readonly workspaceId?: string | undefined
  /** Unix seconds. */
  readonly createdAt: number
}

const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/
const STATE = /^[A-Za-z0-9\-._~]{43,512}$/

export function isMode(mode: unknown): mode is OAuthMode {
  return mode === 'max' || mode === 'console'
}

/** Whether `state` is too long to guess: 43 to 512 unreserved characters. */
export function isState(state: unknown): state is string {
  return typeof state === 'string' && STATE.test(state)
}

/** Whether `id` can name an organization or a workspace. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && id !== ''
}

const VALID: { readonly [K in keyof Required<OAuthFlow>]: (value: unknown) => boolean } = {
  authorizationUrl: (url) => endpointProblem(url) === null,
  verifier: (verifier) => typeof verifier === 'string' && VERIFIER.test(verifier),
  state: isState,
  mode: isMode,
  redirectUri: (uri) => redirectUriProblem(uri) === null,
  clientId: (clientId) => typeof clientId === 'string' && clientId !== '',
  scopes: isScopeList,
  // A database or a row mapper may have turned an absent member into null.
  organizationId: (id) => id === undefined || id === null || isId(id),
  workspaceId: (id) => id === undefined || id === null || isId(id),
  createdAt: Number.isFinite,
}

/**
 * Checks a flow that may come from a session, a cookie or a database. Returns a copy without the members of
 * `Object.prototype`.
 */
export function readFlow(flow: unknown): OAuthFlow {
  if (!isJsonObject(flow)) throw notAnObject()
  const members = Object.keys(VALID).map((key) => [key, memberOf(flow, key)])
  const copy: unknown = Object.fromEntries(members)
  assertFlow(copy)
  return copy
}

function assertFlow(flow: unknown): asserts flow is OAuthFlow {
  if (!isJsonObject(flow)) throw notAnObject()
  for (const [key, isValid] of Object.entries(VALID)) {
    if (isValid(flow[key])) continue
    throw new AnthropicAuthError('invalid_flow', `The flow has no valid ${key}`, { reason: key })
  }
}

function notAnObject(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_flow', 'The flow must be an object')
}
