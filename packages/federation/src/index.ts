export { createFederationProvider } from './federation-provider.ts'
export { githubActionsIdentityToken } from './github-actions.ts'
export { identityTokenFromFile } from './identity-token-file.ts'
export { federationFromEnvironment } from './federation-environment.ts'

export type { FederationProviderOptions } from './federation-provider.ts'
export type { GithubActionsOptions } from './github-actions.ts'
