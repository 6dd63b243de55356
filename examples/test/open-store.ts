import type { TokenStore } from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { createClient } from 'redis'
import { createEncryptedFileStore } from '../stores/encrypted-file-store.ts'
import { createKeychainStore } from '../stores/keychain-store.ts'
import { createRedisStore } from '../stores/redis-store.ts'

/** Where a store is, in words that another process understands. */
export type StorePlace =
  | { readonly kind: 'profile'; readonly configDir: string }
  | { readonly kind: 'encrypted file'; readonly path: string }
  | { readonly kind: 'keychain'; readonly account: string; readonly lockPath: string }
  | { readonly kind: 'Redis'; readonly url: string; readonly key: string }

/** A store that is open, and how to let go of it. */
export interface OpenStore extends AsyncDisposable {
  readonly store: Required<TokenStore>
}

/** Opens the store at a place, cheap where its strength is not what is tested. */
export async function openStore(place: StorePlace): Promise<OpenStore> {
  const opened = (store: Required<TokenStore>): OpenStore => ({
    store,
    [Symbol.asyncDispose]: async () => undefined,
  })
  if (place.kind === 'profile') {
    return opened(createProfileStore({ profile: 'fleet', configDir: place.configDir }))
  }
  if (place.kind === 'encrypted file') {
    return opened(createEncryptedFileStore({ path: place.path, passphrase: 'a passphrase', cost: 14 }))
  }
  if (place.kind === 'keychain') {
    const { account, lockPath } = place
    return opened(createKeychainStore({ service: 'anthropic-auth fleet', account, lockPath }))
  }
  const client = createClient({ url: place.url })
  client.on('error', () => undefined)
  await client.connect()
  // A killed holder keeps the others waiting for its lease: not for half a minute here, but longer than a process of
  // a busy machine stands still.
  const store = createRedisStore({ client, key: place.key, leaseMs: 3000 })
  return { store, [Symbol.asyncDispose]: async () => client.close() }
}
