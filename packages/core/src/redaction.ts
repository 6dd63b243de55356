const REDACTED = '[redacted]'
const MAX_LENGTH = 500
/** Runs of this many characters of a secret are redacted, wherever they stand. */
const RUN_LENGTH = 8
/** Read no more of a text than can matter, so that redaction stays cheap whatever a server sends. */
const MAX_READ = 4 * MAX_LENGTH

const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
/** Control, format (bidi, zero width), surrogate and private-use characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu
const ANTHROPIC_TOKEN = /sk-ant-[\w-]*/gi

/**
 * A text from the network, fit for an error: no control or bidi characters, no run of 8 characters of one of
 * `secrets`, nothing like `sk-ant-…`, at most 500 characters.
 */
export function sanitizeServerText(text: string, secrets: readonly string[]): string {
  const visible = text.slice(0, MAX_READ).replace(LINE_BREAKS, ' ').replace(INVISIBLE, '')
  const redacted = redactRuns(visible.replace(ANTHROPIC_TOKEN, REDACTED), secrets)
  return redacted.slice(0, MAX_LENGTH).trim()
}

function redactRuns(text: string, secrets: readonly string[]): string {
  let result = ''
  let index = 0
  while (index < text.length) {
    const length = Math.max(0, ...secrets.map((secret) => sharedRunLength(text, index, secret)))
    result += length > 0 ? REDACTED : text.charAt(index)
    index += Math.max(1, length)
  }
  return result
}

/** How many characters from `index` on stand in `secret` too; 0 for less than a run. */
function sharedRunLength(text: string, index: number, secret: string): number {
  let length = Math.min(RUN_LENGTH, secret.length)
  if (length === 0 || index + length > text.length || !secret.includes(text.slice(index, index + length)))
    return 0
  while (index + length < text.length && secret.includes(text.slice(index, index + length + 1))) length++
  return length
}
