// Chosen by the `node` condition of "#crypto" in package.json: Node, Bun and Deno hash synchronously themselves.
import { hash, randomFillSync } from 'node:crypto'

export function fillRandom(bytes: Uint8Array): void {
  randomFillSync(bytes)
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

export function sha256Base64Url(ascii: string): string {
  return hash('sha256', ascii, 'base64url')
}

/** The SHA-256 of a text in UTF-8. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}
