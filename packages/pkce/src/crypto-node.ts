// The condition `node` of "#crypto" in package.json selects this file: Node, Bun and Deno hash synchronously.
import * as portable from './crypto-portable.ts'

/** The functions of `node:crypto` that this file uses. */
interface NodeCrypto {
  hash(algorithm: 'sha256', data: string, encoding: 'base64url' | 'hex'): string
  randomFillSync(bytes: Uint8Array): Uint8Array
}

interface NodeProcess {
  readonly getBuiltinModule?: (id: 'node:crypto') => NodeCrypto | undefined
}

let loaded: NodeCrypto | null | undefined

/** Loads `node:crypto` at its first use: an import would make every start of a program wait for it. */
function nodeCrypto(): NodeCrypto | null {
  if (loaded === undefined) {
    const { process } = globalThis as { readonly process?: NodeProcess }
    // Node before 22.3 has no such function.
    loaded = process?.getBuiltinModule?.('node:crypto') ?? null
  }
  return loaded
}

export function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  const crypto = nodeCrypto()
  if (crypto === null) portable.fillRandom(bytes)
  else crypto.randomFillSync(bytes)
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

export function sha256Base64Url(ascii: string): string {
  return nodeCrypto()?.hash('sha256', ascii, 'base64url') ?? portable.sha256Base64Url(ascii)
}

/** Hashes a text in UTF-8. */
export function sha256Hex(text: string): string {
  return nodeCrypto()?.hash('sha256', text, 'hex') ?? portable.sha256Hex(text)
}
