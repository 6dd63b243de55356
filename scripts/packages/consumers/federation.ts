import {
  type AccessTokenProvider,
  createAuthFetch,
  type IdentityTokenGrant,
  type IdentityTokenSource,
  OAuthClient,
} from '@anthropic-auth/core'
import {
  createFederationProvider,
  federationFromEnvironment,
  type FederationProviderOptions,
  githubActionsIdentityToken,
  type GithubActionsOptions,
  identityTokenFromFile,
} from '@anthropic-auth/federation'

const jobOptions: GithubActionsOptions = { audience: undefined, fetch: undefined }
const sources: readonly IdentityTokenSource[] = [
  githubActionsIdentityToken(jobOptions),
  identityTokenFromFile('/var/run/secrets/token'),
  ({ signal } = {}) => String(signal?.aborted),
]
const options: FederationProviderOptions = { onError: undefined, onEvent: ({ type }) => console.log(type) }

export function logIn(identityToken: IdentityTokenSource): AccessTokenProvider {
  const grant: IdentityTokenGrant = { federationRuleId: 'fdrl_1', organizationId: 'one', identityToken }
  return createFederationProvider(new OAuthClient(), federationFromEnvironment({}) ?? grant, options)
}

export const fetches: readonly (typeof fetch)[] = sources.map((source) => createAuthFetch(logIn(source)))
