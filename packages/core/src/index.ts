export { defaultEndpoints, legacyEndpoints, platformApiEndpoints } from './endpoints.ts'
export { AnthropicAuthError, isAnthropicAuthError } from './error.ts'

export type { Endpoints, EndpointOverrides } from './endpoints.ts'
export type { AnthropicAuthErrorCode } from './error.ts'
