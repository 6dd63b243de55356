// The condition of "#crypto" in package.json selects this file where the runtime has only the asynchronous `crypto.subtle`.
import { _SHA256 as Sha256 } from '@noble/hashes/sha2.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(bytes)
}

export function encodeBase64Url(bytes: Uint8Array): string {
  const codes: number[] = []
  for (let bit = 0; bit < bytes.length * 8; bit += 6) {
    const at = bit >> 3
    const twoBytes = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    codes.push(ALPHABET.charCodeAt((twoBytes >> (10 - (bit % 8))) & 63))
  }
  // To join characters one by one takes twice as long.
  return String.fromCharCode(...codes)
}

export function sha256Base64Url(ascii: string): string {
  return encodeBase64Url(sha256(ascii))
}

/** Hashes a text in UTF-8. */
export function sha256Hex(text: string): string {
  return Array.from(sha256(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// Use the class, since `sha256()` of the same module adds 0.3 kB for options that this file doesn't need.
function sha256(text: string): Uint8Array {
  return new Sha256().update(new TextEncoder().encode(text)).digest()
}
