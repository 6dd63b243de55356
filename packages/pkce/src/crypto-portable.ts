// The condition of "#crypto" in package.json selects this file where the runtime has only the asynchronous `crypto.subtle`.
import { _SHA256 as Sha256 } from '@noble/hashes/sha2.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(bytes)
}

export function encodeBase64Url(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let bitCount = 0
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    bitCount += 8
    while (bitCount >= 6) {
      bitCount -= 6
      text += ALPHABET.charAt((bits >> bitCount) & 63)
    }
  }
  if (bitCount > 0) text += ALPHABET.charAt((bits << (6 - bitCount)) & 63)
  return text
}

export function sha256Base64Url(ascii: string): string {
  const bytes = new Uint8Array(ascii.length)
  for (let index = 0; index < ascii.length; index++) bytes[index] = ascii.charCodeAt(index)
  return encodeBase64Url(sha256(bytes))
}

/** Hashes a text in UTF-8. */
export function sha256Hex(text: string): string {
  const digest = sha256(new TextEncoder().encode(text))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// Use the class, since `sha256()` of the same module adds 0.3 kB for options that this file doesn't need.
function sha256(bytes: Uint8Array): Uint8Array {
  return new Sha256().update(bytes).digest()
}
