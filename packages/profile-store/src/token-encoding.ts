import { AnthropicAuthError, type Awaitable, TokenSet } from '@anthropic-auth/core'
import { isBlank } from './files/blank-file.ts'
import type { FileState, StateFormat, TokenContent } from './files/file-state.ts'
import { MAX_FILE_BYTES } from './files/own-file.ts'

/** Converts tokens to the bytes of a file, and back. */
export interface FileFormat<C extends TokenContent> extends StateFormat<C> {
  /** Throws an `AnthropicAuthError` for bytes that it can't read. */
  readonly decode: (bytes: Uint8Array) => Awaitable<C>
  /** `present` is the current content of the file; `null` when there is none or the file is blank. */
  readonly encode: (tokens: TokenSet, present: C | null) => Awaitable<Uint8Array>
}

/** Stands for the tokens of a first login. */
const SAMPLE = TokenSet.fromJSON({ accessToken: 'a'.repeat(128), refreshToken: 'r'.repeat(128) })
/** The next tokens may be longer than the present ones. This is room for two tokens of the greatest length. */
const MARGIN_BYTES = 16_384

/** Returns the bytes of a file with these tokens, which replaces `content`. */
export async function encodeTokens<C extends TokenContent>(
  path: string,
  format: FileFormat<C>,
  tokens: TokenSet,
  { content }: FileState<C>,
): Promise<Uint8Array> {
  const bytes = await format.encode(tokens, content)
  if (!(bytes instanceof Uint8Array) || isBlank(bytes)) throw notEncoded(path)
  if (bytes.length <= MAX_FILE_BYTES) return bytes
  throw tooLarge(path, bytes.length)
}

/** Proves that tokens as long as the present ones can be encoded, and read again. */
export async function proveEncoding<C extends TokenContent>(
  path: string,
  format: FileFormat<C>,
  state: FileState<C>,
): Promise<void> {
  const { refreshToken, ...present } = (state.content?.tokens ?? SAMPLE).toJSON()
  const tokens = TokenSet.fromJSON({ ...present, refreshToken: refreshToken ?? SAMPLE.refreshToken })
  const bytes = await encodeTokens(path, format, tokens, state)
  if (bytes.length > MAX_FILE_BYTES - MARGIN_BYTES) throw tooLarge(path, bytes.length + MARGIN_BYTES)
  await format.decode(bytes)
}

function tooLarge(path: string, byteLength: number): AnthropicAuthError {
  return new AnthropicAuthError(
    'store_failed',
    `These tokens are too large: ${path} would have ${byteLength} bytes, but at most ${MAX_FILE_BYTES} are allowed`,
    { reason: 'too_large', hint: 'Log in again. Nothing was written.' },
  )
}

function notEncoded(path: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', `The tokens for ${path} could not be encoded`, {
    reason: 'write_failed',
    hint: '`encode` must return a Uint8Array with content.',
  })
}
