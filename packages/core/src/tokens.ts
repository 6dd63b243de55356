// Everything that a program with tokens needs.
export { TokenSet } from './token/token-set.ts'
export { createTokenProvider } from './provider/token-provider.ts'
export { createAuthFetch } from './provider/auth-fetch.ts'
