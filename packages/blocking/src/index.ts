export { BlockingOAuthClient } from './blocking-oauth-client.ts'

export type {
  BlockingIdentityTokenGrant,
  BlockingOAuthConfig,
  BlockingRequestOptions,
} from './blocking-oauth-client.ts'
