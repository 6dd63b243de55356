export { BlockingOAuthClient } from './blocking-oauth-client.ts'

export type { BlockingOAuthConfig, BlockingRequestOptions } from './blocking-oauth-client.ts'
