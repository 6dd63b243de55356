import { AnthropicAuthError } from './error.ts'
import type { TokenSetJson } from './token-set.ts'

/** Refuses tokens of another client: they are bound to the one that they were issued to (RFC 6749, section 10.4). */
export function assertIssuedTo(clientId: string, tokens: Pick<TokenSetJson, 'clientId'>): void {
  if (tokens.clientId === null || tokens.clientId === clientId) return
  throw new AnthropicAuthError('invalid_config', 'These tokens belong to another client id', {
    reason: 'clientId',
  })
}
