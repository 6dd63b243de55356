// Keeps tokens in the keychain of the system: Keychain on macOS, Credential Manager on Windows, and on Linux a Secret
// Service such as GNOME Keyring, KWallet or KeePassXC. To be copied; needs `@napi-rs/keyring`.
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { TokenSet, type TokenStore } from '@anthropic-auth/core'
import { AsyncEntry } from '@napi-rs/keyring'
import { createFileLock } from 'anthropic-auth/file-lock'

export interface KeychainStoreOptions {
  /** The name of the application, as the person sees it in the keychain. */
  readonly service: string
  /** Which login of the application this is. */
  readonly account: string
  /** A file of the person's own, the same for all programs that share this login: keychains have no locks. */
  readonly lockPath: string
}

/** What Credential Manager takes; a login of Anthropic's has less than 1,000 bytes. */
const WINDOWS_MAX_BYTES = 2560

export function createKeychainStore({
  service,
  account,
  lockPath,
}: KeychainStoreOptions): Required<TokenStore> {
  const withLock = createFileLock(lockPath)

  // Made at each call, since it throws where there is no keychain. On Linux, without the store's name, the secrets would
  // then go to the kernel's keyring instead, which forgets them at the next reboot.
  function entry(): AsyncEntry {
    return new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
  }

  return {
    async load() {
      const secret = await entry().getSecret()
      return secret === null ? null : readTokens(Buffer.from(secret).toString('utf8'), service, account)
    },

    async save(tokens) {
      const secret = Buffer.from(JSON.stringify(tokens))
      if (process.platform === 'win32' && secret.length > WINDOWS_MAX_BYTES) {
        throw new Error(
          `The tokens have ${secret.length} bytes, and Windows Credential Manager takes ${WINDOWS_MAX_BYTES}: keep them in an encrypted file`,
        )
      }
      // Not setPassword(), which takes two bytes of them for each character.
      await entry().setSecret(secret)
    },

    async lock(critical) {
      await mkdir(dirname(lockPath), { recursive: true, mode: 0o700 })
      return withLock(critical)
    },
  }
}

function readTokens(json: string, service: string, account: string): TokenSet {
  try {
    return TokenSet.fromJSON(JSON.parse(json))
  } catch {
    // Not a cause: a SyntaxError quotes what it read.
    throw new Error(
      `The keychain entry ${account} of ${service} holds no tokens: delete the entry, and log in again`,
    )
  }
}
