import { AnthropicAuthError } from './error.ts'
import type { TokenSetJson } from './token-set.ts'

/** RFC 6749, section 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether `scopes` is a list of scope tokens, which may be empty. */
export function isScopeList(scopes: unknown): scopes is readonly string[] {
  // `Array.from()` turns holes into members: `every()` alone skips them.
  return Array.isArray(scopes) && Array.from<unknown>(scopes).every(isScopeToken)
}

function isScopeToken(scope: unknown): boolean {
  return typeof scope === 'string' && SCOPE_TOKEN.test(scope)
}

/** The scopes of a `scope` parameter, which separates them by spaces. */
export function splitScope(scope: string): readonly string[] {
  return scope.split(' ').filter((token) => token !== '')
}

/**
 * Fails before anything is sent when the scopes of `tokens` are known and lack `scope`: the server drops scopes
 * silently, and its later refusal would not say why.
 */
export function assertScope(tokens: Pick<TokenSetJson, 'scopes'>, scope: string): void {
  if (tokens.scopes === null || tokens.scopes.includes(scope)) return
  throw new AnthropicAuthError('missing_scope', `These tokens lack the scope ${scope}`, { reason: scope })
}
