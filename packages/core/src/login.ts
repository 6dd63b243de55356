// Everything that a page needs to start a login and to read its response. The build keeps it apart from `tokens.ts`.
export { OAuthClient } from './oauth-client.ts'
export { defaultEndpoints, legacyEndpoints, platformApiEndpoints } from './config/endpoints.ts'
export { generateState } from './authorization/generated-state.ts'
export { parseAuthorizationResponse } from './authorization/authorization-response.ts'
export { AnthropicAuthError, isAnthropicAuthError } from './error/error.ts'
