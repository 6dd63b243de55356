import {
  type Awaitable,
  TokenSet,
  type TokenStore,
  type TokensLike,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import type { FileLockCallOptions } from './file-lock.ts'
import type { TokenContent } from './file-state.ts'
import { type FileFormat, LoginFile } from './login-file.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { corruptFile } from './own-file.ts'

/** Where a token file lies, and how it is written. */
export interface TokenFileOptions {
  /** The file. Its folder is created with mode 0700 when there is none, and holds the lock `<path>.lock`. */
  readonly path: string
  /** Makes the bytes of the file, such as an encrypted form of `JSON.stringify(tokens)`. */
  readonly encode: (tokens: TokenSet) => Awaitable<Uint8Array>
  /**
   * Reads the tokens from the bytes of the file, or throws. An `AnthropicAuthError` reaches the caller as it is; any
   * other error becomes `store_failed` with `reason: 'corrupt_file'`, without a word of it: it may quote a token.
   */
  readonly decode: (bytes: Uint8Array) => Awaitable<TokensLike>
}

/** A `TokenStore` in one file. */
export interface TokenFile extends Required<TokenStore> {
  load(): Promise<TokenSet | null>
  save(tokens: TokenSet): Promise<void>
  prepareSave(): Promise<void>
  /**
   * Runs `critical` while no other user of this file does, in any process.
   *
   * @param options - `signal` ends the wait for the lock
   */
  lock<T>(critical: () => Promise<T>, options?: FileLockCallOptions): Promise<T>
  /** Removes the file and everything that saves have left beside it. Use it inside `lock()`, as `save()`. */
  remove(): Promise<void>
}

/**
 * Keeps the tokens of one login in a file of your own format, so that no login is lost: a save is proved before a
 * refresh token is used up, new tokens stay on the disk when a save fails or its process is killed, and the next process
 * finds them there.
 *
 * A file that `decode` can't read is not replaced, unless it is empty, blank or full of NUL bytes: it may belong to
 * someone else. The file must be readable by its owner alone, and its folder must not be writable by others.
 *
 * @example
 *   const store = createTokenFile({
 *     path: '/var/lib/my-tool/tokens',
 *     encode: async (tokens) => encrypt(JSON.stringify(tokens)),
 *     decode: async (bytes) => JSON.parse(await decrypt(bytes)),
 *   })
 *
 * @throws TypeError when `path` is empty
 * @throws AnthropicAuthError `unsupported_runtime` where there are no files
 */
export function createTokenFile(options: TokenFileOptions): TokenFile {
  if (typeof options.path !== 'string' || options.path === '')
    throw new TypeError('path must be the path of a file')
  // Now: the working directory can be another one by the time of the call.
  const path = nodeBuiltin('node:path').resolve(options.path)
  const file = new LoginFile<TokenContent>(path)
  const format = formatOf(path, options)
  return {
    load: async () => (await file.load(format))?.tokens ?? null,
    save: async (tokens) => file.save(format, tokens),
    prepareSave: async () => file.prepareSave(format),
    remove: async () => file.remove(),
    lock: async (critical, lockOptions) => file.lock(critical, lockOptions),
  }
}

function formatOf(path: string, { encode, decode }: TokenFileOptions): FileFormat<TokenContent> {
  return {
    encode: async (tokens) => encode(tokens),
    async decode(bytes) {
      try {
        return { tokens: TokenSet.fromJSON(await decode(bytes)) }
      } catch (error) {
        if (isAnthropicAuthError(error) && error.reason !== 'invalid_tokens') throw error
        throw corruptFile(path, 'holds no tokens that can be read')
      }
    },
  }
}
