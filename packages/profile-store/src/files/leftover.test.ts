import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import fs from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TokenSet } from '@anthropic-auth/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { refusalsOf } from '../../test/refusals.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { listProfiles } from '../profile-list.ts'
import { createProfileStore, type ProfileStore } from '../profile-store.ts'

let root: string
let path: string

beforeEach(() => {
  root = join(temporaryFolder(), 'anthropic')
  path = join(root, 'credentials', 'work.json')
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
})

describe('a leftover', () => {
  it('is loaded when the file still holds the refresh token that it replaces; load() writes nothing', async () => {
    write(path, login('a'))
    const name = leave('r-a', login('b'))
    expect(await loaded()).toBe('b')
    expect(names()).toEqual(['work.json', name])
    expect(readFileSync(path, 'utf8')).toBe(login('a'))
  })

  it('is moved into place by prepareSave() under the lock', async () => {
    write(path, login('a'))
    leave('r-a', login('b'))
    await store().lock(async () => {
      await store().load()
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ access_token: 'a' })
    })
    const locked = store()
    await locked.lock(async () => locked.prepareSave())
    expect(readFileSync(path, 'utf8')).toBe(login('b'))
    expect(names()).toEqual(['work.json'])
  })

  it('can continue another leftover, in any order of names', async () => {
    write(path, login('a'))
    leave('r-c', login('d'))
    leave('r-a', login('b'))
    leave('r-b', login('c'))
    leave('r-x', login('y'))
    expect(await loaded()).toBe('d')
    const locked = store()
    await locked.lock(async () => locked.prepareSave())
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ access_token: 'd' })
    expect(names()).toEqual(['work.json'])
  })

  it('does not loop when leftovers form a circle', async () => {
    write(path, login('a'))
    leave('r-a', login('b'))
    leave('r-b', login('a', { note: 'again' }))
    expect(await loaded()).toBe('a')
  })

  it('passes its unknown keys on to the next save', async () => {
    write(path, login('a', { future: 1 }))
    leave('r-a', login('b', { future: 2 }))
    await store().save(tokens('c'))
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ access_token: 'c', future: 2 })
    expect(names()).toEqual(['work.json'])
  })

  it('is loaded when there is no file yet, as after a first login that was killed', async () => {
    leave('none', login('a'))
    expect(await loaded()).toBe('a')
    expect(await listProfiles({ configDir: root })).toEqual(['work'])
  })

  it('is not skipped when it can’t be read', async () => {
    write(path, login('a'))
    const leftover = join(dirname(path), leave('r-a', login('b')))
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
      if (args[0] === leftover) throw Object.assign(new Error('no'), { code: 'EIO' })
      return open(...args)
    })
    const refusal = { reason: 'read_failed', message: `${leftover} can't be read (EIO)` }
    const locked = store()
    const prepared = locked.lock(async () => locked.prepareSave())
    for (const error of await refusalsOf(store().load(), prepared)) expect(error).toMatchObject(refusal)
    vi.restoreAllMocks()
    expect(await loaded()).toBe('b')
  })

  it('names the access token when there is no refresh token', async () => {
    write(path, '{"access_token":"a"}')
    leave('a', login('b'))
    expect(await loaded()).toBe('b')
  })

  it.each(['', ' \n', '\0\0\0'])('replaces a blank file, such as %j', async (blank) => {
    write(path, blank)
    leave(blank, login('a'))
    expect(await loaded()).toBe('a')
  })

  it.each([
    ['rotated by another program since', login('c'), { value: 'c' }],
    ['given to another account', login('other', { account_email: 'other@example.com' }), { value: 'other' }],
    ['logged out', null, { value: undefined }],
    ['emptied', '', { reason: { reason: 'corrupt_file' } }],
  ])('is ignored when the file was %s, and the next save removes it', async (_what, content, expected) => {
    if (content !== null) write(path, content)
    leave('r-a', login('b'))
    const [outcome] = await Promise.allSettled([loaded()])
    expect(outcome).toMatchObject(expected)
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      expect(existsSync(path)).toBe(content !== null)
      await locked.save(tokens('d'))
    })
    expect(await loaded()).toBe('d')
    expect(names()).toEqual(['work.json'])
  })

  it('is ignored when any byte has changed or is missing', async () => {
    write(path, login('a'))
    const whole = Buffer.from(login('b'))
    const name = leave('r-a', whole.toString())
    const changed = [...whole.keys()].map((at) =>
      Buffer.from(whole.map((byte, i) => (i === at ? byte ^ 1 : byte))),
    )
    for (const content of [
      ...changed,
      whole.subarray(1),
      whole.subarray(0, -1),
      Buffer.concat([whole, whole]),
    ]) {
      write(join(dirname(path), name), content)
      expect(await loaded()).toBe('a')
    }
    write(join(dirname(path), name), whole)
    expect(await loaded()).toBe('b')
  })

  it('is ignored under any other name', async () => {
    write(path, login('a'))
    const [replaced, checksum] = [digest('r-a'), digest(login('b'))]
    for (const name of [
      `work.json.${replaced}.${checksum}.probe`,
      `work.json.${replaced}.${checksum}`,
      `work.json.${replaced}.tmp`,
      `work.json.${checksum}.${replaced}.tmp`,
      `work.json.x.${replaced}.${checksum}.tmp`,
      `work.json.${replaced.slice(1)}.${checksum}.tmp`,
      `other.json.${replaced}.${checksum}.tmp`,
      'work.json.1234.abcdefghijk.tmp',
      'work.json.5d5e1f0c-5f0a-4d8e-9d5e-000000000000.tmp',
    ]) {
      write(join(dirname(path), name), login('b'))
      expect([name, await loaded()]).toEqual([name, 'a'])
    }
  })

  it.skipIf(process.platform === 'win32')('is ignored when others could have written it', async () => {
    write(path, login('a'))
    const leftover = join(dirname(path), leave('r-a', login('b')))
    chmodSync(leftover, 0o644)
    expect(await loaded()).toBe('a')
    const target = join(root, 'target')
    write(target, login('b'))
    rmSync(leftover)
    symlinkSync(target, leftover)
    expect(await loaded()).toBe('a')
    chmodSync(dirname(path), 0o777)
    await expect(loaded()).rejects.toMatchObject({ reason: 'unsafe_file' })
  })

  it.skipIf(process.platform === 'win32')(
    'is refused in a folder that others can write, also when there is no file',
    async () => {
      leave('none', login('a'))
      chmodSync(dirname(path), 0o777)
      await expect(loaded()).rejects.toMatchObject({ reason: 'unsafe_file' })
    },
  )
})

describe('ProfileStore.leftovers()', () => {
  it('returns the tokens of all whole leftovers, whatever they replace', async () => {
    write(path, login('a'))
    leave('r-a', login('b'))
    leave('r-x', login('y'))
    write(join(dirname(path), leave('r-z', login('half'))), login('half').slice(1))
    write(`${path}.5d5e1f0c-5f0a-4d8e-9d5e-000000000000.probe`, 'x')
    write(`${path}.5d5e1f0c-5f0a-4d8e-9d5e-000000000001.probe`, login('p'))
    const found = await store().leftovers()
    expect(found.map(({ refreshToken }) => String(refreshToken)).toSorted()).toEqual(['r-b', 'r-p', 'r-y'])
    expect(readFileSync(path, 'utf8')).toBe(login('a'))
  })

  it('returns nothing when there is no folder', async () => {
    expect(await createProfileStore({ profile: 'work', configDir: join(root, 'none') }).leftovers()).toEqual(
      [],
    )
  })
})

describe('ProfileStore.remove(), with files that saves have left', () => {
  it('removes everything, also when nothing can be read', async () => {
    write(path, 'no JSON')
    leave('r-a', login('b'))
    for (const ending of [
      `${digest('r-a')}.${digest('')}.inplace`,
      '5d5e1f0c-5f0a-4d8e-9d5e-000000000000.tmp',
      '5d5e1f0c-5f0a-4d8e-9d5e-000000000000.probe',
      // A save of the official SDK that was killed.
      '1234.abcdefghijk.tmp',
    ]) {
      write(`${path}.${ending}`, login('x'))
    }
    // These belong to the profiles 'other' and 'work.json'.
    const others = [
      'other.json.1.2.tmp',
      `work.json.json.${digest('r-a')}.${digest('')}.tmp`,
      'work.json.json.1.2.tmp',
    ]
    const kept = [...others, 'other.json', 'work.json.bak', 'work.json5', 'work.json.json']
    for (const other of kept) write(join(dirname(path), other), '{}')
    mkdirSync(join(root, 'configs'))
    write(join(root, 'configs', 'work.json.5d5e1f0c-5f0a-4d8e-9d5e-000000000000.probe'), '')
    await store().lock(async () => store().remove())
    expect(names()).toEqual(kept.toSorted())
    expect(readdirSync(join(root, 'configs'))).toEqual([])
    expect(await loaded()).toBeUndefined()
  })

  it('keeps the file when a leftover can’t be removed', async () => {
    write(path, login('a'))
    const name = leave('r-a', login('b'))
    const leftover = join(dirname(path), name)
    rmSync(leftover)
    mkdirSync(join(leftover, 'in-use'), { recursive: true })
    await expect(store().remove()).rejects.toMatchObject({
      reason: 'write_failed',
      message: expect.stringContaining(leftover),
    })
    expect(existsSync(path)).toBe(true)
  })
})

function store(): ProfileStore {
  return createProfileStore({ profile: 'work', configDir: root })
}

async function loaded(): Promise<string | undefined> {
  return (await store().load())?.accessToken
}

function tokens(name: string): TokenSet {
  return TokenSet.fromJSON({ accessToken: name, refreshToken: `r-${name}` })
}

/** A credentials file. */
function login(name: string, more: object = {}): string {
  return JSON.stringify({ access_token: name, refresh_token: `r-${name}`, ...more })
}

/** Leaves `content` like a save that was killed while it replaced a token. Returns the name of the file. */
function leave(replaced: string, content: string): string {
  const name = `work.json.${replaced === 'none' ? 'none' : digest(replaced)}.${digest(content)}.tmp`
  write(join(dirname(path), name), content)
  return name
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}

function write(file: string, content: string | Uint8Array): void {
  writeFileSync(file, content, { mode: 0o600 })
}

function names(): string[] {
  return readdirSync(dirname(path)).toSorted()
}
