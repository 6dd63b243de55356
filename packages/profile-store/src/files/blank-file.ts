import { AnthropicAuthError } from '@anthropic-auth/core'

const BYTE_ORDER_MARKS = [
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const

/** White space and NUL. A power loss can leave NUL bytes in place of a file's content. */
const BLANK_BYTES = new Set([0x00, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20])

/** Whether a file has no content: it is empty, or has only white space, NUL bytes and a byte order mark. */
export function isBlank(bytes: Uint8Array): boolean {
  const mark = BYTE_ORDER_MARKS.find((each) => each.every((byte, index) => bytes[index] === byte))
  return bytes.subarray(mark?.length ?? 0).every((byte) => BLANK_BYTES.has(byte))
}

/** The error for a blank file where content is needed. */
export function blankFile(path: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', `${path} is empty or blank`, {
    reason: 'corrupt_file',
    hint: `Log in again, or restore ${path} from a backup.`,
  })
}
