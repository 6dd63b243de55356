// The condition `node` of "#crypto" in package.json selects this file: Node, Bun and Deno hash synchronously.
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

/** Hashes a text in UTF-8. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}
