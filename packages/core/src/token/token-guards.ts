import { AnthropicAuthError } from '../error/error.ts'
import type { TokenSetJson } from './token-set.ts'

/** Refuses tokens of another client: they are bound to the one that they were issued to (RFC 6749, section 10.4). */
export function assertIssuedTo(clientId: string, tokens: Pick<TokenSetJson, 'clientId'>): void {
  if (tokens.clientId === null || tokens.clientId === clientId) return
  throw new AnthropicAuthError('invalid_config', 'These tokens belong to another client id', {
    reason: 'clientId',
  })
}

/**
 * Fails before anything is sent when the scopes of `tokens` are known and lack `scope`: the server drops scopes
 * silently, and its later refusal would not say why.
 */
export function assertScope(tokens: Pick<TokenSetJson, 'scopes'>, scope: string): void {
  if (tokens.scopes === null || tokens.scopes.includes(scope)) return
  throw new AnthropicAuthError('missing_scope', `These tokens lack the scope ${scope}`, { reason: scope })
}
