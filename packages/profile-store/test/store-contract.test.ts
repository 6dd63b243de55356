import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import fs, { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type TokenStoreCheckOptions, checkTokenStore } from '@anthropic-auth/testing'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bindMount, mountMemory, skipUnlessRoot } from './mounts.ts'
import { openTokenFile } from './open-token-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

const TIMEOUT_MS = 480_000
/** The other members are not checked: a save keeps them when they are left out, and the client is in another file. */
const MEMBERS = ['accessToken', 'refreshToken', 'expiresAt'] as const

type BreakSaves = NonNullable<TokenStoreCheckOptions['breakSaves']>

afterEach(() => vi.restoreAllMocks())

describe('createProfileStore()', { timeout: TIMEOUT_MS }, () => {
  it('keeps the contract of TokenStore, in many processes and at damaged files', async () => {
    const configDir = temporaryFolder()
    const path = join(configDir, 'credentials', 'default.json')
    await checkProfile(configDir, {
      module: profileModule({ profile: 'default', configDir }),
      breakSaves: failingRenames,
      storage: { read: async () => readFile(path), write: async (bytes) => writeFile(path, bytes) },
    })
  })

  it('keeps the contract on a full disk', async (context) => {
    skipUnlessRoot(context)
    const memory = mountMemory(256)
    await checkProfile(join(memory, 'anthropic'), { breakSaves: () => fullDisk(memory) })
  })

  it('keeps the contract in a folder that can’t be changed', async (context) => {
    const configDir = temporaryFolder()
    const folder = join(configDir, 'credentials')
    mkdirSync(folder, { mode: 0o700 })
    context.skip(!canFreeze(folder), 'needs chattr(1), and a user and a file system that it works for')
    await checkProfile(configDir, { breakSaves: () => freeze(folder) })
  })

  it('keeps the contract when the file is a mount point', async (context) => {
    skipUnlessRoot(context)
    const folder = temporaryFolder()
    const path = join(folder, 'anthropic', 'credentials', 'default.json')
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    for (const file of [path, join(folder, 'source.json')]) writeFileSync(file, '', { mode: 0o600 })
    bindMount(join(folder, 'source.json'), path)
    const options = { profile: 'default', configDir: join(folder, 'anthropic') }
    const store = createProfileStore(options)
    // A mounted file can't be missing, so a login replaces a blank one.
    let isNew = true
    const createStore = (): typeof store => ({
      ...createProfileStore(options),
      load: async () => (isNew ? null : createProfileStore(options).load()),
      async save(tokens) {
        await store.save(tokens)
        isNew = false
      },
    })
    const checked = checkTokenStore(createStore, {
      module: profileModule(options),
      members: MEMBERS,
      breakSaves: () => readOnly(path),
    })
    await expect(checked).resolves.toBeUndefined()
  })
})

describe('createTokenFile()', { timeout: TIMEOUT_MS }, () => {
  it('keeps the contract of TokenStore, in many processes and at damaged files', async () => {
    const path = join(temporaryFolder(), 'tokens')
    const checked = checkTokenStore(() => openTokenFile(path), {
      module: {
        url: new URL('open-token-file.ts', import.meta.url),
        exportName: 'openTokenFile',
        args: [path],
      },
      breakSaves: failingWrites,
      storage: { read: async () => readFile(path), write: async (bytes) => writeFile(path, bytes) },
    })
    await expect(checked).resolves.toBeUndefined()
  })
})

async function checkProfile(configDir: string, more: TokenStoreCheckOptions): Promise<void> {
  const options = { profile: 'default', configDir }
  const checked = checkTokenStore(() => createProfileStore(options), {
    members: MEMBERS,
    ...more,
  })
  await expect(checked).resolves.toBeUndefined()
}

function profileModule(options: object): TokenStoreCheckOptions['module'] {
  return {
    url: new URL('../src/profile-store.ts', import.meta.url),
    exportName: 'createProfileStore',
    args: [options],
  }
}

const failingRenames: BreakSaves = () => {
  const spy = vi.spyOn(fs, 'rename').mockRejectedValue(Object.assign(new Error('no'), { code: 'EIO' }))
  return () => spy.mockRestore()
}

const failingWrites: BreakSaves = () => {
  const { open } = fs
  const spy = vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
    const file = await open(...args)
    file.write = async () => {
      throw Object.assign(new Error('no'), { code: 'ENOSPC' })
    }
    return file
  })
  return () => spy.mockRestore()
}

function fullDisk(folder: string): () => void {
  const free = Number(execFileSync('stat', ['-f', '-c', '%a', folder], { encoding: 'utf8' }))
  writeFileSync(join(folder, 'filler'), Buffer.alloc((free - 1) * 4096, 1))
  return () => void execFileSync('rm', [join(folder, 'filler')])
}

function readOnly(path: string): () => void {
  execFileSync('mount', ['-o', 'remount,bind,ro', path])
  return () => void execFileSync('mount', ['-o', 'remount,bind,rw', path])
}

function freeze(folder: string): () => void {
  execFileSync('chattr', ['+i', folder], { stdio: 'ignore' })
  return () => void execFileSync('chattr', ['-i', folder])
}

function canFreeze(folder: string): boolean {
  try {
    freeze(folder)()
    return true
  } catch {
    return false
  }
}
