import { sha256Hex as hash } from '#crypto'

// For the packages of this workspace: not a public API, and it may change in any release.

/** The SHA-256 of a text in UTF-8, in 64 hex digits. */
export function sha256Hex(text: string): string {
  return hash(text)
}
