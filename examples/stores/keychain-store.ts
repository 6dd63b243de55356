// Keeps tokens in the keychain of the system: Keychain on macOS, Credential Manager on Windows, and on Linux a Secret
// Service such as GNOME Keyring, KWallet or KeePassXC. Copy it into your program; it needs `@napi-rs/keyring`.
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AnthropicAuthError, TokenSet, type TokenStore } from '@anthropic-auth/core'
import { AsyncEntry } from '@napi-rs/keyring'
import { createFileLock, type LockHold } from '@anthropic-auth/profile-store/file-lock'

export interface KeychainStoreOptions {
  /** The name of the application, as the user sees it in the keychain. */
  readonly service: string
  /** The name of this login, among those of the application. */
  readonly account: string
  /** A lock file of the user, since keychains have no locks. All programs that share this login need the same one. */
  readonly lockPath: string
  /**
   * A place for a login when the keychain can't be used, such as an encrypted file on a server. A login stays there
   * until the second store is empty.
   *
   * @default none: without a keychain, this store fails
   */
  readonly secondStore?: Pick<TokenStore, 'load' | 'save' | 'prepareSave'> | undefined
}

/** The limit of Credential Manager. An Anthropic login has less than 1,000 bytes. */
const WINDOWS_MAX_BYTES = 2560
/** As long as a login, so that a keychain that accepts the probe also accepts the login. */
const PROBE = Buffer.alloc(1000, 'probe ')

export function createKeychainStore({
  service,
  account,
  lockPath,
  secondStore,
}: KeychainStoreOptions): TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>> {
  const withLock = createFileLock(lockPath)
  let hold: LockHold | null = null

  // Create it at each call, since it throws when there is no keychain. On Linux, name the store: otherwise the secrets
  // would go to the kernel's keyring, which forgets them at the next reboot.
  function entry(name: string = account): AsyncEntry {
    return new AsyncEntry(service, name, { linux: { store: 'secret-service' } })
  }

  /**
   * A program can't ask a keychain whether a save will work. Only writing a secret and reading it back proves that.
   */
  async function proveKeychain(): Promise<void> {
    const probe = entry(`${account} (probe ${crypto.randomUUID()})`)
    try {
      await probe.setSecret(PROBE)
      const secret = await probe.getSecret()
      if (secret === null || !Buffer.from(secret).equals(PROBE)) {
        throw new Error('The keychain lost a secret that was just saved')
      }
    } finally {
      await probe.deleteCredential().catch(() => false)
    }
  }

  async function saveInKeychain(tokens: TokenSet): Promise<void> {
    const secret = Buffer.from(JSON.stringify(tokens))
    if (process.platform === 'win32' && secret.length > WINDOWS_MAX_BYTES) {
      throw new Error(
        `The tokens have ${secret.length} bytes, but Windows Credential Manager takes at most ${WINDOWS_MAX_BYTES}. Keep them in an encrypted file instead.`,
      )
    }
    // setPassword() would use two bytes for each character.
    await entry().setSecret(secret)
  }

  /** Uses the keychain, unless the second store holds the login or the keychain fails. */
  async function inPlace(useKeychain: () => Promise<void>, useSecond: () => Promise<void>): Promise<void> {
    if (secondStore !== undefined && (await secondStore.load()) !== null) return useSecond()
    try {
      await useKeychain()
    } catch (error) {
      if (secondStore === undefined) throw keychainError(error)
      await useSecond()
    }
  }

  return {
    async load() {
      const second = (await secondStore?.load()) ?? null
      if (second !== null) return second
      const secret = await inKeychain(async () => entry().getSecret())
      return secret === null ? null : readTokens(Buffer.from(secret).toString('utf8'), service, account)
    },

    async save(tokens) {
      await hold?.assertHeld()
      await inPlace(
        async () => saveInKeychain(tokens),
        async () => secondStore?.save(tokens),
      )
    },

    async prepareSave() {
      await hold?.assertHeld()
      await inPlace(proveKeychain, async () => secondStore?.prepareSave?.())
    },

    async lock(critical) {
      await mkdir(dirname(lockPath), { recursive: true, mode: 0o700 })
      return withLock(async (held) => {
        hold = held
        try {
          return await critical()
        } finally {
          hold = null
        }
      })
    },
  }
}

async function inKeychain<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    throw keychainError(error)
  }
}

/** Over SSH, macOS can't ask the user to unlock the keychain, and says only that interaction is not allowed. */
function keychainError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : ''
  if (
    process.platform !== 'darwin' ||
    !/interaction is not allowed|-25308|keychain is locked/i.test(message)
  ) {
    return error
  }
  return new AnthropicAuthError('store_failed', 'The keychain is locked, as it usually is over SSH', {
    reason: 'keychain_locked',
    hint: 'Run: security unlock-keychain ~/Library/Keychains/login.keychain-db',
    cause: error,
  })
}

function readTokens(json: string, service: string, account: string): TokenSet {
  try {
    return TokenSet.fromJSON(JSON.parse(json))
  } catch {
    // Don't pass on the SyntaxError as the cause: it quotes its input.
    throw new Error(
      `The keychain entry ${account} of ${service} holds no tokens: delete the entry, and log in again`,
    )
  }
}
