// Chosen by "#crypto" in package.json wherever the runtime offers `crypto.subtle` only, which is asynchronous.
import { sha256 } from '@noble/hashes/sha2.js'

export function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(bytes)
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

export function sha256Base64Url(ascii: string): string {
  return encodeBase64Url(sha256(Uint8Array.from(ascii, (character) => character.charCodeAt(0))))
}

/** The SHA-256 of a text in UTF-8. */
export function sha256Hex(text: string): string {
  const digest = sha256(new TextEncoder().encode(text))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
