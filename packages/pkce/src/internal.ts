// For the packages of this workspace only. It is not a public API and can change in any release.
import { encodeBase64Url, fillRandom, sha256Hex as hash } from '#crypto'

// Core takes all from here: from two entries, its build would take what both need twice.
export { deriveCodeChallenge } from './code-challenge.ts'
export { generateCodeVerifier } from './code-verifier.ts'
export { generateState } from './state.ts'
export { timingSafeEqual } from './timing-safe-equal.ts'

/** Hashes a text in UTF-8 with SHA-256; returns 64 hex digits. */
export function sha256Hex(text: string): string {
  return hash(text)
}

/** The bytes of a verifier, and those of a state. They are zeros except during a call. */
const memory = new Uint8Array(64)
const halves = [memory.subarray(0, 32), memory.subarray(32)] as const

/**
 * Generates a code verifier and a `state`, from 32 random bytes each. One call of the random source gives both, since it
 * takes longer than everything else.
 */
export function generateVerifierAndState(): { readonly verifier: string; readonly state: string } {
  try {
    fillRandom(memory)
    const [verifier, state] = halves
    return { verifier: encodeRandom(verifier), state: encodeRandom(state) }
  } finally {
    memory.fill(0)
  }
}

function encodeRandom(bytes: Uint8Array): string {
  if (!bytes.some(Boolean)) throw new Error('The random source returned zeros')
  return encodeBase64Url(bytes)
}
