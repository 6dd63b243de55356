import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
  rmSync,
} from 'node:fs'
import fs from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TokenSet } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { fillUp, folderInMemory, skipUnlessRoot } from '../../test/mounts.ts'
import { refusalsOf } from '../../test/refusals.ts'
import { STRANGER, type StoreCalls, type StoreOutcome, callStore } from '../../test/store-calls.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { createProfileStore, type ProfileStore } from '../profile-store.ts'

const WATCHDOG_MS = 60_000

let root: string
let path: string

beforeEach(() => useRoot(join(temporaryFolder(), 'anthropic')))

afterEach(() => vi.restoreAllMocks())

describe('ProfileStore.prepareSave()', { timeout: WATCHDOG_MS }, () => {
  it('leaves nothing behind and changes no tokens, however often it is called', async () => {
    await store().save(tokens('a'))
    const before = readFileSync(path, 'utf8')
    const alone = store()
    await alone.prepareSave()
    await alone.prepareSave()
    expect(names()).toEqual(['work.json'])
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      await locked.prepareSave()
      expect(probes()).toHaveLength(1)
      expect(await locked.load()).toMatchObject({ accessToken: 'a' })
    })
    expect(names()).toEqual(['work.json'])
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('leaves nothing behind when the lock ends with an error', async () => {
    const locked = store()
    const ended = locked.lock(async () => {
      await locked.prepareSave()
      throw new Error('refused')
    })
    await expect(ended).rejects.toThrow('refused')
    expect(names()).toEqual([])
  })

  it('proves a first login, and creates the folders for it', async () => {
    await store().prepareSave()
    expect(names()).toEqual([])
    expect(readdirSync(join(root, 'configs'))).toEqual([])
  })

  it('reserves the space for the save: 16 KiB, or twice the present file', async () => {
    const sizes: number[] = []
    for (const padding of ['', 'x'.repeat(20_000)]) {
      write(path, JSON.stringify({ access_token: 'a', padding }))
      const locked = store()
      await locked.lock(async () => {
        await locked.prepareSave()
        sizes.push(...probes().map((name) => statSync(join(dirname(path), name)).size))
      })
    }
    expect(sizes).toEqual([16_384, 2 * (20_000 + '{"access_token":"a","padding":""}'.length)])
  })

  it('lets the save write into the probe', async () => {
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      const [probe = ''] = probes()
      const { ino } = statSync(join(dirname(path), probe))
      await locked.save(tokens('a'))
      expect(statSync(path).ino).toBe(ino)
      // Another save needs no new proof.
      await locked.save(tokens('b'))
    })
    expect(names()).toEqual(['work.json'])
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
  })

  it('removes the probe of a killed process', async () => {
    await store().save(tokens('a'))
    write(join(dirname(path), 'work.json.5d5e1f0c-5f0a-4d8e-9d5e-000000000000.probe'), 'x')
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      expect(probes()).toHaveLength(1)
    })
    expect(names()).toEqual(['work.json'])
  })

  it.each([
    ['of others', 'unsafe_file', '{"access_token":"a"}', 0o644],
    ['garbage', 'corrupt_file', '{"access_token":', 0o600],
    ['no login', 'corrupt_file', '{}', 0o600],
  ])('refuses a file that is %s, as save() does', async (_what, reason, content, mode) => {
    write(path, content)
    chmodSync(path, mode)
    await expect(store().prepareSave()).rejects.toMatchObject({ reason })
    const locked = store()
    await expect(locked.lock(async () => locked.prepareSave())).rejects.toMatchObject({ reason })
    expect(readFileSync(path, 'utf8')).toBe(content)
    expect(names()).toEqual(['work.json'])
  })

  it.each([
    ['write', 'ENOSPC'],
    ['write', 'EDQUOT'],
    ['sync', 'EIO'],
  ] as const)('rejects when %s() of a file fails with %s', async (operation, code) => {
    await store().save(tokens('a'))
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
      const file = await open(...args)
      if (!String(args[0]).includes('.lock')) file[operation] = failing(code)
      return file
    })
    await expectRefusal({ message: `${path} can't be saved (${code})`, cause: { code } })
  })

  it.each(['ENOSPC', 'EPERM', 'ENOENT'])('rejects when a rename fails with %s', async (code) => {
    await store().save(tokens('a'))
    vi.spyOn(fs, 'rename').mockImplementation(failing(code))
    await expectRefusal({ message: `${path} can't be saved (${code})` })
  })

  it('rejects when a file name that a save may need would be too long', async () => {
    // 255 bytes are the longest name of a file, and 54 are added to it.
    const longest = createProfileStore({ profile: 'p'.repeat(255 - 54 - '.json'.length), configDir: root })
    await longest.prepareSave()
    await longest.save(tokens('a'))
    const tooLong = createProfileStore({
      profile: 'p'.repeat(255 - 54 - '.json'.length + 1),
      configDir: root,
    })
    await expect(tooLong.prepareSave()).rejects.toMatchObject({
      reason: 'write_failed',
      message: expect.stringMatching(/\(ENAMETOOLONG\)$/),
      hint: 'Use a shorter name for the profile or the file.',
    })
  })

  it('rejects when the config file has to be written but can’t be', async (context) => {
    skipUnlessRoot(context)
    mkdirSync(join(root, 'configs'), { recursive: true, mode: 0o555 })
    chmodSync(join(root, 'configs'), 0o555)
    mkdirSync(dirname(path), { mode: 0o700 })
    for (const folder of [root, join(root, 'configs'), dirname(path)]) chownSync(folder, STRANGER, STRANGER)
    chmodSync(dirname(root), 0o755)
    const message = `${join(root, 'configs', 'work.json')} can't be written (EACCES)`
    expect(await asStranger(['prepareSave'])).toMatchObject([{ error: { reason: 'write_failed', message } }])
    write(join(root, 'configs', 'work.json'), '{"authentication":{"type":"user_oauth","client_id":"c"}}')
    chmodSync(join(root, 'configs', 'work.json'), 0o644)
    expect(await asStranger(['prepareSave'])).toEqual([{ method: 'prepareSave', result: null }])
  })

  it('rejects on a disk with one free page, which the lock still fits into', async (context) => {
    skipUnlessRoot(context)
    useRoot(folderInMemory(64))
    await store().save(tokens('a'))
    fillUp(dirname(root), 1)
    await expectRefusal({
      message: `${path} can't be saved (ENOSPC)`,
      hint: 'Free some space there, then try again.',
    })
  })

  it('reserves room for the save on a disk that another program then fills up', async (context) => {
    skipUnlessRoot(context)
    useRoot(folderInMemory(64))
    await store().save(tokens('a'))
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      fillUp(dirname(root), 0)
      await locked.save(tokens('b'.repeat(4000)))
    })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ access_token: 'b'.repeat(4000) })
    expect(names()).toEqual(['work.json'])
  })

  it('removes the probe of a killed process from a full disk', async (context) => {
    skipUnlessRoot(context)
    useRoot(folderInMemory(64))
    await store().save(tokens('a'))
    write(join(dirname(path), 'work.json.5d5e1f0c-5f0a-4d8e-9d5e-000000000000.probe'), 'x'.repeat(16_384))
    fillUp(dirname(root), 1)
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      await locked.save(tokens('b'))
    })
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
  })

  it('rejects in a folder that this user can’t write', async (context) => {
    skipUnlessRoot(context)
    await store().save(tokens('a'))
    for (const each of [dirname(path), path]) chownSync(each, STRANGER, STRANGER)
    chmodSync(dirname(path), 0o555)
    chmodSync(dirname(root), 0o755)
    chmodSync(root, 0o755)
    chmodSync(join(root, 'configs'), 0o755)
    chmodSync(join(root, 'configs', 'work.json'), 0o644)
    const results = await asStranger(['load', 'prepareSave', 'save'])
    expect(results).toMatchObject([
      { result: { accessToken: 'a' } },
      {
        error: {
          reason: 'write_failed',
          message: `${path} can't be saved (EACCES)`,
          hint: expect.stringMatching(/own/),
        },
      },
      { error: { reason: 'write_failed', message: `${path} can't be saved (EACCES)` } },
    ])
  })

  it.each(['i', 'a'])(
    'rejects for a file with the attribute +%s, which can’t be replaced',
    async (attribute) => {
      await store().save(tokens('a'))
      if (!hasAttributes(path, attribute)) return
      await expectRefusal({
        message: `${path} can't be saved (EPERM)`,
        hint: expect.stringContaining('immutable'),
      })
    },
  )

  it('rejects once the lock is lost, and so does an unprepared save', async () => {
    const locked = store()
    const outcomes = await locked.lock(async () => {
      loseLock()
      return refusalsOf(locked.prepareSave(), locked.save(tokens('b')))
    })
    const lost = { code: 'store_failed', reason: 'lock_lost', retryable: true }
    expect(outcomes).toMatchObject([lost, lost])
    expect(names().filter((name) => name !== 'work.json.lock')).toEqual([])
  })
})

describe('ProfileStore.save(), after prepareSave()', { timeout: WATCHDOG_MS }, () => {
  it('saves when the probe can’t be renamed to a leftover', async () => {
    await store().save(tokens('a'))
    const { rename } = fs
    await savePrepared(() => {
      vi.spyOn(fs, 'rename').mockImplementation(async (from, to) =>
        String(to).endsWith('.tmp') ? failing('EIO')() : rename(from, to),
      )
    })
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
    expect(names()).toEqual(['work.json'])
  })

  it('saves when no file can be truncated', async () => {
    await store().save(tokens('a'))
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (...args) =>
      Object.assign(await open(...args), { truncate: failing('EIO') }),
    )
    await savePrepared(() => undefined)
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
    expect(names()).toEqual(['work.json'])
  })

  it('saves when only the lock file can be opened', async () => {
    await store().save(tokens('a'))
    const { open } = fs
    await savePrepared(() => {
      vi.spyOn(fs, 'open').mockImplementation(async (...args) =>
        String(args[0]).endsWith('.lock') ? open(...args) : failing('EMFILE')(),
      )
    })
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
    expect(names()).toEqual(['work.json'])
  })

  it('keeps the tokens as a leftover when the lock can’t be checked', async () => {
    await store().save(tokens('a'))
    const refusal = savePrepared(() => void vi.spyOn(fs, 'open').mockImplementation(failing('EMFILE')))
    await expect(refusal).rejects.toMatchObject({
      reason: 'lock_failed',
      message: expect.stringMatching(
        /\. The new tokens are in .*\.tmp: keep that file, since the next run uses it\.$/,
      ),
    })
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
  })

  it('keeps the tokens as a leftover when the lock was lost, and leaves the file alone', async () => {
    await store().save(tokens('a'))
    const before = readFileSync(path, 'utf8')
    await expect(savePrepared(loseLock)).rejects.toMatchObject({
      reason: 'lock_lost',
      retryable: true,
      message: expect.stringMatching(/\. The new tokens are in .*\.tmp: keep/),
    })
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
  })

  it('leaves another login alone that a program without the lock has saved since', async () => {
    write(path, '{"access_token":"a","refresh_token":"r-a"}')
    const other = '{"access_token":"x","refresh_token":"r-x"}'
    await expect(savePrepared(() => write(path, other))).rejects.toMatchObject({ reason: 'lock_lost' })
    expect(readFileSync(path, 'utf8')).toBe(other)
    expect(names()).toEqual(['work.json'])
  })

  it('saves nothing when a program without the lock has logged out since', async () => {
    write(path, '{"access_token":"a","refresh_token":"r-a"}')
    await expect(savePrepared(() => rmSync(path))).rejects.toMatchObject({ reason: 'lock_lost' })
    expect(names()).toEqual([])
    expect(await store().load()).toBeNull()
  })

  it('writes the file in place when its folder can’t be changed any more', async (context) => {
    await store().save(tokens('a'))
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      const thaw = freeze(dirname(path))
      context.skip(thaw === null, 'needs chattr(1), and a user and a file system that it works for')
      await locked.save(tokens('b')).finally(thaw)
    })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ access_token: 'b' })
  })

  it('names the probe that holds the tokens when nothing else can be written, and no later proof removes it', async () => {
    await store().save(tokens('a'))
    const { open } = fs
    const refusal = savePrepared(() => {
      vi.spyOn(fs, 'rename').mockImplementation(failing('EACCES'))
      vi.spyOn(fs, 'open').mockImplementation(async (...args) =>
        String(args[1]) === 'r' || String(args[0]).endsWith('.lock') ? open(...args) : failing('EACCES')(),
      )
    })
    const error: unknown = await refusal.catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      reason: 'write_failed',
      message: expect.stringMatching(
        /\(EACCES\)\. The new tokens are in .*\.probe: move that file to .*work\.json\.$/,
      ),
    })
    const probe = /are in (.*\.probe)/.exec(String(error))?.[1] ?? ''
    const next = store()
    await next.lock(async () => next.prepareSave())
    expect(JSON.parse(readFileSync(probe, 'utf8'))).toMatchObject({ access_token: 'b' })
    expect(await store().leftovers()).toMatchObject([{ accessToken: 'b' }])
  })

  it('writes the tokens again when another save has removed them', async () => {
    await store().save(tokens('a'))
    const { rename } = fs
    let removals = 0
    await savePrepared(() => {
      vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
        if (to === path && removals < 2) {
          removals += 1
          unlinkSync(from)
        }
        return rename(from, to)
      })
    })
    expect(removals).toBe(2)
    expect(await store().load()).toMatchObject({ accessToken: 'b' })
    expect(names()).toEqual(['work.json'])
  })

  it('writes nothing when the tokens are too large', async () => {
    await store().save(tokens('a'))
    const organization = { id: 'o', name: 'x'.repeat(1_048_577) }
    const large = TokenSet.fromJSON({ ...tokens('b').toJSON(), organization })
    const locked = store()
    const saved = locked.lock(async () => {
      await locked.prepareSave()
      await locked.save(large)
    })
    await expect(saved).rejects.toMatchObject({ reason: 'too_large' })
    expect(names()).toEqual(['work.json'])
    expect(await store().load()).toMatchObject({ accessToken: 'a' })
  })

  it.each([
    ['the file', () => write(path, '{}'), 'corrupt_file'],
    ['a folder', () => chmodSync(dirname(path), 0o777), 'unsafe_file'],
  ])('keeps the tokens as a leftover when %s has become unusable', async (_what, spoil, reason) => {
    await store().save(tokens('a'))
    const error: unknown = await savePrepared(spoil).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'store_failed', reason })
    const kept = /The new tokens are in (.*\.tmp): keep/.exec(String(error))?.[1] ?? ''
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ access_token: 'b' })
  })

  it('saves when the config file has become unreadable', async () => {
    await store().save(tokens('a'))
    await savePrepared(() => write(join(root, 'configs', 'work.json'), '{'))
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ access_token: 'b' })
  })
})

/** Saves under the lock, and lets something happen between the proof and the save. */
async function savePrepared(happen: () => void): Promise<void> {
  const locked = store()
  try {
    await locked.lock(async () => {
      await locked.prepareSave()
      happen()
      await locked.save(tokens('b'))
    })
  } finally {
    vi.restoreAllMocks()
  }
}

function loseLock(): void {
  write(`${path}.lock`, '{"token":"another","pid":1,"host":"elsewhere"}')
}

function failing(code: string): () => Promise<never> {
  return async () => {
    throw Object.assign(new Error('refused by the test'), { code })
  }
}

/** Expects that prepareSave() rejects and changes nothing, with and without the lock. */
async function expectRefusal(error: object): Promise<void> {
  const before = readFileSync(path, 'utf8')
  const expected = { code: 'store_failed', reason: 'write_failed', ...error }
  await expect(store().prepareSave()).rejects.toMatchObject(expected)
  const locked = store()
  await expect(locked.lock(async () => locked.prepareSave())).rejects.toMatchObject(expected)
  vi.restoreAllMocks()
  expect(readFileSync(path, 'utf8')).toBe(before)
  expect(names()).toEqual(['work.json'])
}

async function asStranger(methods: StoreCalls['methods']): Promise<readonly StoreOutcome[]> {
  return callStore({ uid: STRANGER, options: { profile: 'work', configDir: root }, methods })
}

function freeze(folder: string): (() => void) | null {
  try {
    execFileSync('chattr', ['+i', folder], { stdio: 'ignore' })
  } catch {
    return null
  }
  return () => void execFileSync('chattr', ['-i', folder])
}

/** Sets an attribute like those of ext4, if the file system and this user can. */
function hasAttributes(file: string, attribute: string): boolean {
  try {
    execFileSync('chattr', [`+${attribute}`, file], { stdio: 'ignore' })
  } catch {
    return false
  }
  onTestFinished(() => void execFileSync('chattr', [`-${attribute}`, file]))
  return true
}

function useRoot(folder: string): void {
  root = folder
  path = join(root, 'credentials', 'work.json')
}

function store(): ProfileStore {
  return createProfileStore({ profile: 'work', configDir: root })
}

function tokens(name: string): TokenSet {
  return TokenSet.fromJSON({ accessToken: name, refreshToken: `r-${name}`, clientId: 'client' })
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, content, { mode: 0o600 })
}

function names(): string[] {
  return readdirSync(dirname(path)).toSorted()
}

function probes(): string[] {
  return names().filter((name) => name.endsWith('.probe'))
}
