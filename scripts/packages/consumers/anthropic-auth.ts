import {
  BlockingOAuthClient,
  OAuthClient,
  type TokenSet,
  canOpenBrowser,
  createTokenProvider,
  isAnthropicAuthError,
  login,
  openBrowser,
  runCallbackServer,
  startCallbackServer,
  terminalLogin,
  type CallbackServer,
  type CodeRequest,
  type LoginOptions,
  type LoginProgress,
  type OpenUrl,
  type TokenProvider,
} from 'anthropic-auth'
import {
  createFileLock,
  type FileLock,
  type FileLockCallOptions,
  type FileLockOptions,
  type LockHold,
} from 'anthropic-auth/file-lock'
import {
  createProfileStore,
  listProfiles,
  type ProfileStore,
  type ProfileStoreOptions,
} from 'anthropic-auth/profile-store'
import { createTokenFile, type TokenFile, type TokenFileOptions } from 'anthropic-auth/token-file'

const options: ProfileStoreOptions = { profile: undefined }
const store: ProfileStore = createProfileStore(options)
export const provider: TokenProvider = createTokenProvider(new OAuthClient(), { store })

export async function holdLock(
  lockOptions: FileLockOptions,
  callOptions: FileLockCallOptions,
): Promise<void> {
  const withLock: FileLock = createFileLock('tokens.lock', lockOptions)
  await withLock(async (hold: LockHold) => hold.assertHeld(), callOptions)
}

export function openTokenFile(fileOptions: TokenFileOptions): TokenFile {
  return createTokenFile(fileOptions)
}

export async function readToken(): Promise<string | undefined> {
  try {
    return (await store.load())?.accessToken
  } catch (error) {
    if (isAnthropicAuthError(error, 'store_failed')) return error.reason
    throw error
  }
}

const openUrl: OpenUrl = async (url, { signal }) => (signal.aborted ? undefined : openBrowser(url))

const loginOptions: LoginOptions = {
  mode: 'console',
  port: [8976, 0],
  openBrowser: canOpenBrowser().ok && openUrl,
  promptForCode: async ({ url, previousError, signal }: CodeRequest) =>
    `${url}${previousError?.code}${signal.aborted}`,
  onProgress: ({ type, message }: LoginProgress) => console.log(type, message),
  timeoutMs: undefined,
}

export async function logIn(onTerminal: boolean): Promise<TokenSet> {
  return onTerminal ? terminalLogin(loginOptions) : login(loginOptions)
}

export async function listen(state: string): Promise<string> {
  await using server: CallbackServer = await startCallbackServer({ state })
  const { code } = await (server.port === 0 ? runCallbackServer(8976, state) : server.waitForCallback())
  return code
}

export function createKey(tokens: TokenSet): string {
  using client = new BlockingOAuthClient({ timeoutMs: 5_000 })
  return client.createApiKey(tokens)
}

export const profiles: Promise<readonly string[]> = listProfiles({ configDir: undefined })
