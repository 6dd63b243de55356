import {
  deriveCodeChallenge,
  generateCodeVerifier,
  generatePkce,
  generateState,
  timingSafeEqual,
  verifyCodeChallenge,
  type Pkce,
} from '@anthropic-auth/pkce'

const { verifier, challenge, method }: Pkce = generatePkce()

export const s256: 'S256' = method
export const honest: boolean = verifyCodeChallenge(verifier, challenge)
export const texts: readonly string[] = [
  generateCodeVerifier(96),
  deriveCodeChallenge(verifier),
  generateState(),
]
export const equal: boolean = timingSafeEqual(verifier, challenge)
