import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { AnthropicAuthError, TokenSet, type TokenSetJson } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { leaveDeadLock, leaveForeignLock, leaveLock } from '../test/lock-leftovers.ts'
import { refusalsOf } from '../test/refusals.ts'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { createTokenFile, type TokenFile } from './token-file.ts'

const full: TokenSetJson = {
  accessToken: 'sk-ant-oat01-first',
  refreshToken: 'sk-ant-ort01-first',
  expiresAt: 1_900_000_000,
  refreshTokenExpiresAt: 1_950_000_000,
  scopes: ['user:profile'],
  clientId: 'client-1',
  account: { id: 'account-1', email: 'person@example.com' },
  organization: { id: 'organization-1', name: 'Example' },
  workspace: null,
}

let path: string

beforeEach(() => {
  path = join(temporaryFolder(), 'below', 'tokens')
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('createTokenFile()', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no key')
      },
    ],
    ['returns no bytes', () => undefined],
    ['returns an empty file', () => new Uint8Array(0)],
    ['returns text', () => 'tokens'],
    ['returns more than a file may have', () => new Uint8Array(2_000_000).fill(65)],
    ['returns what `decode` can’t read', () => new TextEncoder().encode('not JSON')],
  ])('proves before a save that `encode` works: one that %s is refused', async (_what, broken) => {
    const file = createTokenFile({
      path: 'tokens-of-a-broken-format',
      encode: broken as typeof encode,
      decode,
    })
    await expect(file.prepareSave()).rejects.toBeInstanceOf(Error)
    expect(await file.load()).toBeNull()
  })

  it('keeps all of a token set in one file for only its owner', async () => {
    expect(await store().load()).toBeNull()
    await store().save(TokenSet.fromJSON(full))
    expect((await store().load())?.toJSON()).toEqual(full)
    expect(readFileSync(path, 'utf8').startsWith('format-1:')).toBe(true)
    expect([dirname(path), path].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600])
    expect(readdirSync(dirname(path))).toEqual(['tokens'])
  })

  it('puts the lock beside the file, and removes everything', async () => {
    const file = store()
    await file.lock(async () => {
      expect(readdirSync(dirname(path))).toEqual(['tokens.lock'])
      await file.prepareSave()
      await file.save(TokenSet.fromJSON(full))
      await file.remove()
    })
    expect(readdirSync(dirname(path))).toEqual([])
  })

  it.each<'prepareSave' | 'remove'>(['prepareSave', 'remove'])(
    'removes temporary lock files of dead processes, and of no others, in %s()',
    async (method) => {
      const file = store()
      await file.save(TokenSet.fromJSON(full))
      await leaveDeadLock(`${path}.lock.dead.tmp`)
      await leaveLock(`${path}.lock.alive.tmp`, {})
      await leaveForeignLock(`${path}.lock.foreign.tmp`)
      await file.lock(async () => file[method]())
      const left = readdirSync(dirname(path)).filter((name) => name !== 'tokens')
      expect(left).toEqual(['tokens.lock.alive.tmp', 'tokens.lock.foreign.tmp'])
    },
  )

  it('keeps new tokens that could not be moved into place, also when each encoding differs', async () => {
    await store().save(TokenSet.fromJSON(full))
    const refreshed = TokenSet.fromJSON({ ...full, accessToken: 'second', refreshToken: 'r-second' })
    const rename = fs.rename.bind(fs)
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      if (to === path) throw Object.assign(new Error('no'), { code: 'EIO' })
      return rename(from, to)
    })
    const file = store()
    await expect(file.save(refreshed)).rejects.toMatchObject({ reason: 'write_failed' })
    await expect(file.save(refreshed)).rejects.toMatchObject({ reason: 'write_failed' })
    expect(readdirSync(dirname(path))).toHaveLength(2)
    expect(await store().load()).toMatchObject({ accessToken: 'second' })
    vi.restoreAllMocks()
    await store().lock(async () => undefined)
    const next = store()
    await next.lock(async () => next.prepareSave())
    expect(readdirSync(dirname(path))).toEqual(['tokens'])
    expect(decode(readFileSync(path))).toMatchObject({ accessToken: 'second' })
  })

  it('refuses a file that decode() throws for, shows nothing of that error, and does not replace the file', async () => {
    await store().save(TokenSet.fromJSON(full))
    writeFileSync(path, 'format-1:{"accessToken":"sk-ant-oat01-canary')
    const save = store().save(TokenSet.fromJSON(full))
    for (const error of await refusalsOf(store().load(), store().prepareSave(), save)) {
      expect(error).toMatchObject({
        code: 'store_failed',
        reason: 'corrupt_file',
        message: `${path} holds no readable tokens`,
      })
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary')
    }
    expect(readFileSync(path, 'utf8')).toContain('canary')
  })

  it('passes an AnthropicAuthError of decode() on, such as for a wrong passphrase', async () => {
    await store().save(TokenSet.fromJSON(full))
    const problem = new AnthropicAuthError('store_failed', 'wrong passphrase', { reason: 'passphrase' })
    const file = createTokenFile({
      path,
      encode,
      decode() {
        throw problem
      },
    })
    await expect(file.load()).rejects.toBe(problem)
    await expect(file.save(TokenSet.fromJSON(full))).rejects.toBe(problem)
  })

  it.each([
    ['holds no token set', '{"refreshToken":"r"}'],
    ['is a list', '[]'],
  ])('refuses a file that %s', async (_what, json) => {
    await store().save(TokenSet.fromJSON(full))
    writeFileSync(path, `format-1:${json}`)
    await expect(store().load()).rejects.toMatchObject({ reason: 'corrupt_file' })
  })

  it('replaces a blank file, and refuses one that others can read', async () => {
    await store().save(TokenSet.fromJSON(full))
    writeFileSync(path, '\0\0')
    await expect(store().load()).rejects.toMatchObject({ reason: 'corrupt_file' })
    await store().save(TokenSet.fromJSON(full))
    expect(await store().load()).toMatchObject({ accessToken: 'sk-ant-oat01-first' })
    chmodSync(path, 0o640)
    await expect(store().load()).rejects.toMatchObject({ reason: 'unsafe_file' })
  })

  it('refuses tokens that are too large for the file, before anything is written', async () => {
    const organization = { id: 'o', name: 'x'.repeat(1_048_577) }
    await expect(store().save(TokenSet.fromJSON({ ...full, organization }))).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'too_large',
      message: expect.stringContaining(path),
    })
    expect(readdirSync(dirname(path))).toEqual([])
    const fits = { id: 'o', name: 'x'.repeat(1_048_000) }
    await store().save(TokenSet.fromJSON({ ...full, organization: fits }))
    expect(await store().load()).toMatchObject({ organization: fits })
  })

  it('finds its file when the working directory changes', async () => {
    const before = process.cwd()
    const folder = temporaryFolder()
    process.chdir(folder)
    const file = createTokenFile({ path: 'tokens', encode, decode })
    process.chdir(before)
    await file.save(TokenSet.fromJSON(full))
    expect(existsSync(join(folder, 'tokens'))).toBe(true)
  })

  it('refuses an empty path', () => {
    for (const wrong of ['', undefined, 5]) {
      expect(() => createTokenFile({ path: wrong as string, encode, decode })).toThrow(TypeError)
    }
  })
})

let count = 0

function store(): TokenFile {
  return createTokenFile({ path, encode, decode })
}

/** Never returns the same bytes twice, like encryption. */
function encode(tokens: TokenSet): Uint8Array {
  count += 1
  return Buffer.from(`format-1:${JSON.stringify({ ...tokens.toJSON(), count })}`)
}

function decode(bytes: Uint8Array): TokenSetJson {
  return JSON.parse(Buffer.from(bytes).toString().slice('format-1:'.length)) as TokenSetJson
}
