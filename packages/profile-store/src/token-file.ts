import { readOptions } from '@anthropic-auth/core/internal'
import {
  type Awaitable,
  TokenSet,
  type TokenStore,
  type TokensLike,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import type { FileLockCallOptions } from './lock/file-lock.ts'
import type { TokenContent } from './files/file-state.ts'
import { LoginFile } from './login-file.ts'
import type { FileFormat } from './token-encoding.ts'
import { nodeBuiltin } from './files/node-builtin.ts'
import { corruptFile } from './files/own-file.ts'

/** The path and the format of a token file. */
export interface TokenFileOptions {
  /** The file. Its folder is created with mode 0700 if it is missing, and also holds the lock `<path>.lock`. */
  readonly path: string
  /** Returns the bytes of the file, such as an encrypted form of `JSON.stringify(tokens)`. */
  readonly encode: (tokens: TokenSet) => Awaitable<Uint8Array>
  /**
   * Reads the tokens from the bytes of the file, or throws. An `AnthropicAuthError` reaches the caller as it is; any
   * other error becomes `store_failed` with `reason: 'corrupt_file'`. Its message is dropped, since it may quote a
   * token.
   */
  readonly decode: (bytes: Uint8Array) => Awaitable<TokensLike>
}

/** A `TokenStore` in one file. */
export interface TokenFile extends Required<Omit<TokenStore, 'markEnded' | 'hasEnded'>> {
  load(): Promise<TokenSet | null>
  save(tokens: TokenSet): Promise<void>
  prepareSave(): Promise<void>
  /**
   * Runs `critical` exclusively, among all processes that use this file.
   *
   * @param options - `signal` ends the wait for the lock
   */
  lock<T>(critical: () => Promise<T>, options?: FileLockCallOptions): Promise<T>
  /** Removes the file and everything that saves have left next to it. Use it inside `lock()`, like `save()`. */
  remove(): Promise<void>
}

/**
 * Keeps the tokens of one login in a file with a format of your own, so that no login is lost: before a refresh token
 * is used up, the store proves that it can save; new tokens stay on the disk when a save fails or its process is
 * killed, and the next process finds them there.
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
export function createTokenFile(given: TokenFileOptions): TokenFile {
  const options = readOptions(given)
  if (typeof options.path !== 'string' || options.path === '') {
    throw new TypeError('path must be the path of a file')
  }
  // Resolve it now: the working directory may have changed by the time of a call.
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
        throw corruptFile(path, 'holds no readable tokens')
      }
    },
  }
}
