// For the packages of this workspace only. It is not a public API and can change in any release.
import { sha256Hex as hash } from '#crypto'

/** Hashes a text in UTF-8 with SHA-256; returns 64 hex digits. */
export function sha256Hex(text: string): string {
  return hash(text)
}
