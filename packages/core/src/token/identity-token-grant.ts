import { AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import { readOptions } from '../syntax/members.ts'

/**
 * Returns an identity token: an OIDC token (a JWT) that a program gets from its platform. It is called for each exchange,
 * since platforms replace these tokens often.
 */
export type IdentityTokenSource = (options?: { signal?: AbortSignal }) => string | Promise<string>

/** The identity token of a machine, and the federation rule that accepts it. */
export interface IdentityTokenGrant {
  /** The id of the federation rule, `fdrl_…`. */
  readonly federationRuleId: string
  /** The UUID of the organization. */
  readonly organizationId: string
  /**
   * The service account to log in as, `svac_…`.
   *
   * @default the service account of the rule
   */
  readonly serviceAccountId?: string | undefined
  /** `wrkspc_…`, or `default`. Needed when the rule covers several workspaces. */
  readonly workspaceId?: string | undefined
  /** The identity token, or a function that returns it: at most 16 KiB. */
  readonly identityToken: string | IdentityTokenSource
}

const MAX_LENGTH = 16_384
const KIBIBYTE = 1024
const VISIBLE_ASCII = /^[\x21-\x7e]+$/

/**
 * Checks the types of a grant, and returns it without the members of `Object.prototype`.
 *
 * @throws TypeError naming the member that is wrong
 */
export function readIdentityTokenGrant(grant: IdentityTokenGrant): IdentityTokenGrant {
  const { federationRuleId, organizationId, serviceAccountId, workspaceId, identityToken } = readOptions(
    grant,
    'grant',
  )
  const ids = { federationRuleId, organizationId, serviceAccountId, workspaceId }
  for (const [name, id] of Object.entries(ids)) assertId(name, id)
  if (typeof identityToken !== 'string' && typeof identityToken !== 'function') {
    throw new TypeError('identityToken must be a string or a function')
  }
  return { ...ids, identityToken }
}

function assertId(name: string, id: unknown): void {
  const isOptional = name === 'serviceAccountId' || name === 'workspaceId'
  if (isOptional && id === undefined) return
  if (typeof id !== 'string' || id === '') throw new TypeError(`${name} must be a non-empty string`)
}

/**
 * Returns the identity token of a grant, after the checks that are possible without knowing its issuer.
 *
 * @throws AnthropicAuthError `invalid_config` with `reason: 'identityToken'`, or the source's own
 */
export async function readIdentityToken(
  identityToken: IdentityTokenGrant['identityToken'],
  signal: AbortSignal,
): Promise<string> {
  const given = typeof identityToken === 'string' ? identityToken : await fromSource(identityToken, signal)
  if (typeof given !== 'string') throw invalidIdentityToken('is not a string')
  // Files and variables often end with a line break.
  const token = given.trim()
  if (token === '') throw invalidIdentityToken('is empty')
  if (token.length > MAX_LENGTH) {
    throw invalidIdentityToken(
      `has ${Math.ceil(token.length / KIBIBYTE)} KiB, more than the server's limit of 16 KiB`,
    )
  }
  if (!VISIBLE_ASCII.test(token)) throw invalidIdentityToken('contains a character that no JWT has')
  return token
}

/** Wraps the errors of the caller's source. */
async function fromSource(source: IdentityTokenSource, signal: AbortSignal): Promise<unknown> {
  try {
    return await source({ signal })
  } catch (cause) {
    if (isAnthropicAuthError(cause)) throw cause
    const message = 'The source of the identity token failed'
    const hint = 'Check your identityToken function. The cause is the error that it threw.'
    throw new AnthropicAuthError('invalid_config', message, {
      reason: 'identityToken',
      retryable: true,
      hint,
      cause,
    })
  }
}

function invalidIdentityToken(problem: string): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', `The identity token ${problem}`, {
    reason: 'identityToken',
    hint: 'Check the source of identityToken: it must return the OIDC token (a JWT) of your platform.',
  })
}
