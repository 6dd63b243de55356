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

// Processes are started, and keys derived that are slow to derive on purpose.
vi.setConfig({ testTimeout: 60_000 })

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
    vi.unstubAllEnvs()
    await rm(home, { recursive: true })
  })
  afterAll(async () => secretService.stop())

  function entry(name: string = account): AsyncEntry {
    return new AsyncEntry(service, name, { linux: { store: 'secret-service' } })
  }

  function openStore(name: string = account): Required<TokenStore> {
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

  it('takes tokens of the greatest length, and names in any script', async () => {
    const long = TokenSet.fromJSON({
      accessToken: 'a'.repeat(8192),
      refreshToken: 'r'.repeat(8192),
      organization: { id: 'organization', name: 'Организация 組織 🏢' },
    })
    await openStore().save(long)
    expect(await openStore().load()).toMatchObject(long.toJSON())
  })

  it('refuses, on Windows, what Credential Manager could not take', async () => {
    const large = TokenSet.fromJSON({ accessToken: 'secret-'.repeat(400) })
    vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
    await openStore().save(first)
    const refused: unknown = await openStore()
      .save(large)
      .catch((error: unknown) => error)
    expect(inspect(refused)).toContain(
      'Windows Credential Manager takes 2560: keep them in an encrypted file',
    )
    expect(inspect(refused)).not.toContain('secret-')
    expect(await openStore().load()).toMatchObject(first.toJSON())
    vi.restoreAllMocks()
    await openStore().save(large)
    expect(await openStore().load()).toMatchObject(large.toJSON())
  })

  it.each(['{', 'null', '\u{fffd}', '{"accessToken":"secret-token-1"', '{"accessToken":["secret-token-1"]}'])(
    'refuses %j, which is no token set, and quotes nothing of it',
    async (stored) => {
      await entry().setSecret(Buffer.from(stored))
      const error: unknown = await openStore()
        .load()
        .catch((reason: unknown) => reason)
      expect(inspect(error, { depth: 20 })).toContain('delete the entry, and log in again')
      expect(inspect(error, { depth: 20 })).not.toContain('secret-token-1')
      expect((error as Error).cause).toBeUndefined()
      expect(await entry().getPassword()).toBe(stored)
    },
  )

  it('makes the folder of its lock, for its owner alone', async () => {
    expect(await openStore().lock(async () => 'mine')).toBe('mine')
    expect((await stat(dirname(lockPath))).mode & 0o777).toBe(0o700)
  })
})
