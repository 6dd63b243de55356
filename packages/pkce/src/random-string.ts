import { encodeBase64Url, fillRandom } from '#crypto'

/** RFC 7636 recommends 32 bytes (256 bits) and allows 128 characters, which are 96 bytes. */
const DEFAULT_BYTE_LENGTH = 32
const MAX_BYTE_LENGTH = 96

/** Each value is made here, one after the other, since new memory takes longer than the encoding. It has zeros in between. */
const memory = new Uint8Array(96)

/** Encodes fresh random bytes in base64url. There is no pool: a snapshot of the process would repeat its bytes. */
export function randomString(byteLength: number = DEFAULT_BYTE_LENGTH): string {
  assertByteLength(byteLength)
  const bytes = memory.subarray(0, byteLength)
  try {
    fillRandom(bytes)
    if (!bytes.some(Boolean)) throw new Error('The random source returned zeros')
    return encodeBase64Url(bytes)
  } finally {
    memory.fill(0)
  }
}

function assertByteLength(byteLength: number): void {
  if (typeof byteLength !== 'number') throw new TypeError('byteLength must be an integer')
  if (!Number.isInteger(byteLength) || byteLength < DEFAULT_BYTE_LENGTH || byteLength > MAX_BYTE_LENGTH) {
    throw new RangeError('byteLength must be an integer from 32 to 96')
  }
}
