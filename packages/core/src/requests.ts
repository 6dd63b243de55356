// Everything that sends requests, in one file: it is loaded at the first request, since the start of a login needs none
// of it.
export { createApiKey } from './api/api-key.ts'
export { getProfile } from './api/profile.ts'
export { exchangeIdentityToken } from './token/identity-token-exchange.ts'
export { readIdentityTokenGrant } from './token/identity-token-grant.ts'
export { assertAskedOrganization } from './token/organization-mismatch.ts'
export { exchangeCode, refreshTokens } from './token/token-endpoint.ts'
export { revocableToken, revokeToken } from './token/token-revocation.ts'
