export { generatePkce } from './pkce.ts'
export { generateCodeVerifier } from './code-verifier.ts'
export { deriveCodeChallenge, verifyCodeChallenge } from './code-challenge.ts'
export { generateState } from './state.ts'
export { timingSafeEqual } from './timing-safe-equal.ts'

export type { Pkce } from './pkce.ts'
