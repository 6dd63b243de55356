import type { OAuthConfig } from '../src/config/oauth-config.ts'
import { type AnthropicAuthError, isAnthropicAuthError } from '../src/error/error.ts'
import type { RequestOptions } from '../src/http/request-options.ts'
import { OAuthClient } from '../src/oauth-client.ts'
import type { RawServer } from './raw-server.ts'

/** A client whose every endpoint is at `server`. */
export function clientAt({ endpoints }: Pick<RawServer, 'endpoints'>, config: OAuthConfig = {}): OAuthClient {
  return new OAuthClient({ endpoints, ...config })
}

/** Exchanges a code in a new flow. */
export async function exchange(client: OAuthClient, options?: RequestOptions): Promise<unknown> {
  const flow = client.startFlow('console')
  return client.exchangeCode(`a-code#${flow.state}`, flow, options)
}

/** Each method of the client that sends a request, with valid arguments. */
export const CALLS: Readonly<Record<string, typeof exchange>> = {
  exchangeCode: exchange,
  refreshToken: (client, options) => client.refreshToken('a-refresh-token', options),
  exchangeIdentityToken: (client, options) =>
    client.exchangeIdentityToken(
      { federationRuleId: 'fdrl_ci', organizationId: 'an-organization', identityToken: 'an.identity.token' },
      options,
    ),
  createApiKey: (client, options) => client.createApiKey('an-access-token', options),
  getProfile: (client, options) => client.getProfile('an-access-token', options),
  revokeToken: (client, options) => client.revokeToken('a-refresh-token', options),
}

/** Returns the AnthropicAuthError that `call` rejects with. Anything else fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<AnthropicAuthError> {
  const outcome = await call.then(
    (value: unknown) => new Error('The call should have failed', { cause: value }),
    (error: unknown) => error,
  )
  if (isAnthropicAuthError(outcome)) return outcome
  throw outcome
}
