import { AnthropicAuthError } from '../error/error.ts'
import type { TokenSetJson } from './token-set.ts'

/** Refuses tokens that were issued to another client, since they are bound to it (RFC 6749, section 10.4). */
export function assertIssuedTo(clientId: string, tokens: Pick<TokenSetJson, 'clientId'>): void {
  if (tokens.clientId === null || tokens.clientId === clientId) return
  throw new AnthropicAuthError('invalid_config', 'These tokens belong to another client id', {
    reason: 'clientId',
  })
}

/**
 * Refuses tokens that are known to lack a scope. The server may have left it out of the grant without an error, and its
 * later error would not explain that.
 */
export function assertScope(tokens: Pick<TokenSetJson, 'scopes'>, scope: string): void {
  if (tokens.scopes === null || tokens.scopes.includes(scope)) return
  throw new AnthropicAuthError('missing_scope', `These tokens lack the scope ${scope}`, { reason: scope })
}
