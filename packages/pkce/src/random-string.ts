import { encodeBase64Url, fillRandom } from '#crypto'

/** RFC 7636 recommends 32 bytes (256 bits) and allows 128 characters, which are 96 bytes. */
const DEFAULT_BYTE_LENGTH = 32
const MAX_BYTE_LENGTH = 96

/** Encodes fresh random bytes in base64url. There is no pool: a snapshot of the process would repeat its bytes. */
export function randomString(byteLength: number = DEFAULT_BYTE_LENGTH): string {
  assertByteLength(byteLength)
  const bytes = new Uint8Array(byteLength)
  try {
    fillRandom(bytes)
    if (bytes.every((byte) => byte === 0)) throw new Error('The random source returned zeros')
    return encodeBase64Url(bytes)
  } finally {
    bytes.fill(0)
  }
}

function assertByteLength(byteLength: number): void {
  if (typeof byteLength !== 'number') throw new TypeError('byteLength must be an integer')
  if (!Number.isInteger(byteLength) || byteLength < DEFAULT_BYTE_LENGTH || byteLength > MAX_BYTE_LENGTH) {
    throw new RangeError(`byteLength must be an integer from ${DEFAULT_BYTE_LENGTH} to ${MAX_BYTE_LENGTH}`)
  }
}
