import { encodeBase64Url, fillRandom } from '#crypto'

/** 32 bytes are RFC 7636's recommendation (256 bits), 96 give the 128 characters that it allows at most. */
export const DEFAULT_BYTE_LENGTH = 32
const MAX_BYTE_LENGTH = 96

/** `byteLength` fresh random bytes in base64url; never pooled, since a snapshot of the process would repeat a pool. */
export function randomString(byteLength: number): string {
  assertByteLength(byteLength)
  const bytes = new Uint8Array(byteLength)
  try {
    fillRandom(bytes)
    if (bytes.every((byte) => byte === 0)) {
      throw new Error('The random source of this runtime returned only zeros; no secret can be made from it')
    }
    return encodeBase64Url(bytes)
  } finally {
    bytes.fill(0)
  }
}

function assertByteLength(byteLength: number): void {
  if (typeof byteLength !== 'number') throw new TypeError('byteLength must be a number')
  if (!Number.isInteger(byteLength) || byteLength < DEFAULT_BYTE_LENGTH || byteLength > MAX_BYTE_LENGTH) {
    throw new RangeError(`byteLength must be an integer from ${DEFAULT_BYTE_LENGTH} to ${MAX_BYTE_LENGTH}`)
  }
}
