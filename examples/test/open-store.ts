import type { TokenStore } from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { createClient } from 'redis'
import { createEncryptedFileStore } from '../stores/encrypted-file-store.ts'
import { createKeychainStore } from '../stores/keychain-store.ts'
import { createRedisStore } from '../stores/redis-store.ts'

/** The place of a store, as plain data for other processes. */
export type StorePlace =
  | { readonly kind: 'profile'; readonly configDir: string }
  | { readonly kind: 'encrypted file'; readonly path: string }
  | { readonly kind: 'keychain'; readonly account: string; readonly lockPath: string }
  | { readonly kind: 'Redis'; readonly url: string; readonly key: string }

/** An open store, and the function that closes it. */
export interface OpenStore extends AsyncDisposable {
  readonly store: TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>>
}

/** Opens the store at a place, with a low cost if the tests don't depend on its strength. */
export async function openStore(place: StorePlace): Promise<OpenStore> {
  const opened = (store: TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>>): OpenStore => ({
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
  // Others wait for the lease of a killed holder. It is shorter here than by default, but longer than a process of a
  // busy machine may stand still.
  const store = createRedisStore({ client, key: place.key, leaseMs: 3000 })
  return { store, [Symbol.asyncDispose]: async () => client.close() }
}
