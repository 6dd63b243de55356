import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { TokenSet, type TokenStore } from '@anthropic-auth/core'
import { checkTokenStore } from '@anthropic-auth/testing'
import { AsyncEntry } from '@napi-rs/keyring'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasSecretService, type SecretService, startSecretService } from '../test/secret-service.ts'
import { createKeychainStore } from './keychain-store.ts'

// The tests start processes, and derive keys, which is slow on purpose.
vi.setConfig({ testTimeout: 300_000 })

const MODULE = new URL('keychain-store.ts', import.meta.url)
const service = 'keychain-store-test'
const account = 'person@example.com'
const first = TokenSet.fromJSON({ accessToken: 'access-1', refreshToken: 'refresh-1' })

describe.skipIf(!hasSecretService)('createKeychainStore()', () => {
  let secretService: SecretService
  let home: string
  let lockPath: string

  beforeAll(async () => {
    secretService = await startSecretService()
  })
  beforeEach(async () => {
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', secretService.busAddress)
    await entry().deleteCredential()
    home = await mkdtemp(join(tmpdir(), 'keychain-'))
    lockPath = join(home, 'app', 'lock')
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
    await rm(home, { recursive: true })
  })
  afterAll(async () => secretService.stop())

  function entry(name: string = account): AsyncEntry {
    return new AsyncEntry(service, name, { linux: { store: 'secret-service' } })
  }

  function openStore(
    name: string = account,
  ): TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>> {
    return createKeychainStore({ service, account: name, lockPath })
  }

  it('keeps the contract of a token store', async () => {
    await checkTokenStore(() => openStore(), {
      module: { url: MODULE, exportName: 'createKeychainStore', args: [{ service, account, lockPath }] },
      storage: {
        read: async () => Buffer.from((await entry().getSecret()) ?? []),
        write: async (bytes) => entry().setSecret(bytes),
      },
    })
  })

  it('keeps the logins of several accounts apart', async () => {
    await openStore().save(first)
    expect(await openStore('another@example.com').load()).toBeNull()
  })

  it('accepts tokens of the greatest length, and names in any script', async () => {
    const long = TokenSet.fromJSON({
      accessToken: 'a'.repeat(8192),
      refreshToken: 'r'.repeat(8192),
      organization: { id: 'organization', name: 'Организация 組織 🏢' },
    })
    await openStore().save(long)
    expect(await openStore().load()).toMatchObject(long.toJSON())
  })

  it("refuses tokens on Windows that Credential Manager couldn't store", async () => {
    const large = TokenSet.fromJSON({ accessToken: 'secret-'.repeat(400) })
    vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
    await openStore().save(first)
    const refused = await failureOf(async () => openStore().save(large))
    expect(inspect(refused)).toContain(
      'Windows Credential Manager takes at most 2560. Keep them in an encrypted file instead.',
    )
    expect(inspect(refused)).not.toContain('secret-')
    expect(await openStore().load()).toMatchObject(first.toJSON())
    vi.restoreAllMocks()
    await openStore().save(large)
    expect(await openStore().load()).toMatchObject(large.toJSON())
  })

  it.each(['{', 'null', '\u{fffd}', '{"accessToken":"secret-token-1"', '{"accessToken":["secret-token-1"]}'])(
    "refuses %j, which isn't a token set, and quotes nothing of it",
    async (stored) => {
      await entry().setSecret(Buffer.from(stored))
      const error = await failureOf(async () => openStore().load())
      expect(inspect(error, { depth: 20 })).toContain('delete the entry, and log in again')
      expect(inspect(error, { depth: 20 })).not.toContain('secret-token-1')
      expect((error as Error).cause).toBeUndefined()
      expect(await entry().getPassword()).toBe(stored)
    },
  )

  it('proves that it works, and leaves nothing behind', async () => {
    const set = vi.spyOn(AsyncEntry.prototype, 'setSecret')
    const remove = vi.spyOn(AsyncEntry.prototype, 'deleteCredential')
    await openStore().prepareSave()
    expect(set).toHaveBeenCalledOnce()
    expect(remove.mock.contexts).toEqual(set.mock.contexts)
    expect(await openStore().load()).toBeNull()
  })

  it('rejects prepareSave() when there is no keychain, or when it keeps nothing', async () => {
    vi.spyOn(AsyncEntry.prototype, 'getSecret').mockResolvedValue(null)
    await expect(openStore().prepareSave()).rejects.toThrow('The keychain lost a secret that was just saved')
    breakKeychain(new Error('DBus error'))
    await expect(openStore().prepareSave()).rejects.toThrow('DBus')
  })

  // This is the message of macOS over SSH, where these tests don't run.
  it('reports a locked keychain on macOS, and the command that unlocks it', async () => {
    const locked = new Error('Platform secure storage failure: User interaction is not allowed.')
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin')
    breakKeychain(locked)
    const store = openStore()
    for (const use of [() => store.load(), () => store.save(first), () => store.prepareSave()]) {
      expect(await failureOf(async () => use())).toMatchObject({
        code: 'store_failed',
        message: 'The keychain is locked, as it usually is over SSH',
        hint: 'Run: security unlock-keychain ~/Library/Keychains/login.keychain-db',
        cause: locked,
      })
    }
  })

  it('creates the folder of its lock for only its owner', async () => {
    expect(await openStore().lock(async () => 'mine')).toBe('mine')
    expect((await stat(dirname(lockPath))).mode & 0o777).toBe(0o700)
  })

  describe('with a second store', () => {
    let second: TokenStore & { held: TokenSet | null; prepared: number }
    let store: TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>>

    beforeEach(() => {
      second = {
        held: null,
        prepared: 0,
        load: () => second.held,
        save: (tokens) => void (second.held = tokens),
        prepareSave: () => void (second.prepared += 1),
      }
      store = createKeychainStore({ service, account, lockPath, secondStore: second })
    })

    it('uses the keychain if it works', async () => {
      await store.prepareSave()
      await store.save(first)
      expect([second.held, second.prepared]).toEqual([null, 0])
      expect(await openStore().load()).toMatchObject(first.toJSON())
    })

    it('keeps a login in the second store if the keychain fails, and leaves it there', async () => {
      breakKeychain(new Error('DBus error'))
      await store.prepareSave()
      await store.save(first)
      expect([second.held, second.prepared]).toEqual([first, 1])
      vi.restoreAllMocks()
      expect(await store.load()).toBe(first)
      const next = TokenSet.fromJSON({ accessToken: 'access-2' })
      await store.save(next)
      expect(second.held).toBe(next)
      expect(await openStore().load()).toBeNull()
    })

    it('does not mistake a locked keychain for an empty one', async () => {
      await store.save(first)
      breakKeychain(new Error('DBus error'))
      await expect(store.load()).rejects.toThrow('DBus')
    })
  })
})

/** Imitates a keychain that is locked or gone. A real one can't be taken away from a connected process. */
function breakKeychain(error: Error): void {
  vi.spyOn(AsyncEntry.prototype, 'setSecret').mockRejectedValue(error)
  vi.spyOn(AsyncEntry.prototype, 'getSecret').mockRejectedValue(error)
}

async function failureOf(use: () => Promise<unknown>): Promise<unknown> {
  return use().then(
    () => new Error('It should have failed'),
    (error: unknown) => error,
  )
}
