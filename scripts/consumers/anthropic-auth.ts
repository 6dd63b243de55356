import { OAuthClient, createTokenProvider, isAnthropicAuthError } from 'anthropic-auth'
import type { TokenProvider, TokenStore } from 'anthropic-auth'
import { createFileLock } from 'anthropic-auth/file-lock'
import type { FileLock, FileLockOptions } from 'anthropic-auth/file-lock'
import { createProfileStore } from 'anthropic-auth/profile-store'
import type { ProfileStoreOptions } from 'anthropic-auth/profile-store'

const options: ProfileStoreOptions = { profile: undefined, configDir: undefined }
const store: Required<TokenStore> = createProfileStore(options)

export const provider: TokenProvider = createTokenProvider(new OAuthClient(), { store })

const lockOptions: FileLockOptions = { timeoutMs: undefined }
const withLock: FileLock = createFileLock('tokens.lock', lockOptions)

export async function readInTurn(): Promise<string | undefined> {
  try {
    return await withLock(async () => (await store.load())?.accessToken)
  } catch (error) {
    if (isAnthropicAuthError(error, 'store_failed')) return error.reason
    throw error
  }
}
