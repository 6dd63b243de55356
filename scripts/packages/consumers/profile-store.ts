import { createTokenProvider, OAuthClient, TokenSet, type TokenProvider } from '@anthropic-auth/core'
import {
  activateProfile,
  createProfileStore,
  listProfiles,
  type ProfileDescription,
  type ProfileStore,
  type ProfileStoreOptions,
} from '@anthropic-auth/profile-store'
import {
  createFileLock,
  type FileLock,
  type FileLockCallOptions,
  type FileLockOptions,
  type LockHold,
} from '@anthropic-auth/profile-store/file-lock'
import {
  createTokenFile,
  type TokenFile,
  type TokenFileOptions,
} from '@anthropic-auth/profile-store/token-file'

const options: ProfileStoreOptions = { profile: undefined, configDir: undefined, baseUrl: null }
const store: ProfileStore = createProfileStore(options)

export const provider: TokenProvider = createTokenProvider(new OAuthClient(), { store })

const lockOptions: FileLockOptions = { timeoutMs: undefined }
const withLock: FileLock = createFileLock('tokens.lock', lockOptions)

const fileOptions: TokenFileOptions = {
  path: 'tokens',
  encode: (tokens) => new TextEncoder().encode(JSON.stringify(tokens)),
  decode: (bytes) => TokenSet.fromJSON(JSON.parse(new TextDecoder().decode(bytes))),
}
export const tokenFile: TokenFile = createTokenFile(fileOptions)

export async function prepareInTurn(callOptions: FileLockCallOptions): Promise<void> {
  await withLock(async (hold: LockHold) => {
    await hold.assertHeld()
    await tokenFile.prepareSave()
  }, callOptions)
}

export async function useFirst(): Promise<string | null> {
  const [first = 'default'] = await listProfiles({ configDir: undefined })
  await activateProfile(first)
  const description: ProfileDescription = await store.describe()
  return description.baseUrl
}
