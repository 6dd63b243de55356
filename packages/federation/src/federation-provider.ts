import type { AccessTokenProvider, IdentityTokenGrant, OAuthClient } from '@anthropic-auth/core'
import {
  assertFunction,
  assertSignal,
  readIdentityTokenGrant,
  readOptions,
} from '@anthropic-auth/core/internal'
import { FederatedLogin, type FederationProviderOptions } from './federated-login.ts'

/**
 * Keeps a machine logged in by workload identity federation: exchanges the identity token of its platform for an access
 * token, in time and once for all callers. The identity token is read anew for each exchange, and nothing is stored.
 *
 * You can pass it to the official SDK's `credentials` option, and to `createAuthFetch()`.
 *
 * @param client - with its default endpoints, the requests go to `https://api.anthropic.com`
 * @param grant - the federation rule and the source of identity tokens, for example from `federationFromEnvironment()`
 * @throws TypeError when an argument has the wrong type
 * @example
 * ```ts
 * import Anthropic from '@anthropic-ai/sdk'
 * import { OAuthClient } from '@anthropic-auth/core'
 * import { createFederationProvider, githubActionsIdentityToken } from '@anthropic-auth/federation'
 *
 * const credentials = createFederationProvider(new OAuthClient(), {
 *   federationRuleId: 'fdrl_…',
 *   organizationId: '00000000-0000-0000-0000-000000000000',
 *   identityToken: githubActionsIdentityToken(),
 * })
 * const anthropic = new Anthropic({ credentials })
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc7523
 */
export function createFederationProvider(
  client: OAuthClient,
  grant: IdentityTokenGrant,
  options: FederationProviderOptions = {},
): AccessTokenProvider {
  const { onError, onEvent } = readOptions(options)
  assertFunction(onError, 'onError')
  assertFunction(onEvent, 'onEvent')
  const login = new FederatedLogin(client, readIdentityTokenGrant(grant), { onError, onEvent })
  return async (request = {}) => {
    const { forceRefresh = false, signal } = readOptions(request)
    assertSignal(signal)
    return login.accessToken(forceRefresh, signal)
  }
}
