import { createDecipheriv, scryptSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { TokenSet, type TokenStore } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEncryptedFileStore } from './encrypted-file-store.ts'

// The tests derive keys, which is slow on purpose.
vi.setConfig({ testTimeout: 300_000 })

const first = TokenSet.fromJSON({ accessToken: 'access-1', refreshToken: 'refresh-1' })
const second = TokenSet.fromJSON({ accessToken: 'access-2', refreshToken: 'refresh-2' })
const PASSPHRASE = 'correct horse battery staple'
/** The lowest cost: the tests have no real secrets. */
const cost = 14

describe('createEncryptedFileStore()', () => {
  let home: string
  let path: string

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'encrypted-file-'))
    path = join(home, 'app', 'tokens')
  })
  afterEach(async () => rm(home, { recursive: true }))

  function openStore(
    passphrase: string = PASSPHRASE,
  ): TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>> {
    return createEncryptedFileStore({ path, passphrase, cost })
  }

  it('has a file and a folder for only their owner, and leaves nothing else behind', async () => {
    await openStore().save(first)
    await openStore().save(second)
    expect(await modeOf(path)).toBe(0o600)
    expect(await modeOf(dirname(path))).toBe(0o700)
    expect(await readdir(dirname(path))).toEqual(['tokens'])
  })

  it('refuses a file that others can read, and says how to fix that', async () => {
    await openStore().save(first)
    await chmod(path, 0o644)
    await expect(openStore().save(second)).rejects.toMatchObject({
      reason: 'unsafe_file',
      hint: expect.stringContaining('chmod 600'),
    })
  })

  it('replaces an empty file, as a power loss can leave', async () => {
    await openStore().save(first)
    await truncate(path, 0)
    await expect(openStore().load()).rejects.toMatchObject({ reason: 'corrupt_file' })
    await openStore().save(second)
    expect(await openStore().load()).toMatchObject(second.toJSON())
  })

  it('writes no secret in the clear, and never the same bytes twice', async () => {
    await openStore().save(first)
    const before = await readFile(path)
    await openStore().save(first)
    const after = await readFile(path)
    expect(after.toString('latin1')).not.toMatch(/access-1|refresh-1|accessToken/)
    // Only the format and the cost are the same. Salt, nonce, content and tag differ.
    expect(after.subarray(0, 9)).toEqual(before.subarray(0, 9))
    for (const [start, end] of [
      [9, 25],
      [25, 37],
      [37, -16],
      [-16, undefined],
    ]) {
      expect(after.subarray(start, end)).not.toEqual(before.subarray(start, end))
    }
  })

  it('is AES-256-GCM under a key of scrypt, with an authenticated header', async () => {
    await openStore().save(first)
    const file = await readFile(path)
    const key = scryptSync(PASSPHRASE, file.subarray(9, 25), 32, { N: 16_384, r: 8, p: 1, maxmem: 2 ** 26 })
    const decipher = createDecipheriv('aes-256-gcm', key, file.subarray(25, 37), { authTagLength: 16 })
    decipher.setAAD(file.subarray(0, 37)).setAuthTag(file.subarray(-16))
    const content = Buffer.concat([decipher.update(file.subarray(37, -16)), decipher.final()])
    expect(content.toString()).toBe(JSON.stringify(first))
    expect(file.subarray(0, 9).toString('latin1')).toBe('tokens-1\u{e}')
  })

  it('refuses to load and to save with a wrong passphrase, and keeps the file', async () => {
    await openStore().save(first)
    const before = await readFile(path)
    await expect(openStore('wrong').load()).rejects.toThrow('the passphrase is wrong')
    await expect(openStore('wrong').save(second)).rejects.toThrow('the passphrase is wrong')
    expect(await readFile(path)).toEqual(before)
    expect(await openStore().load()).toMatchObject(first.toJSON())
  })

  it('opens with the same passphrase in another Unicode form', async () => {
    await openStore('caf\u00e9').save(first)
    expect(await openStore('cafe\u0301').load()).toMatchObject(first.toJSON())
  })

  it('refuses a file in which any byte differs, and keeps it', async () => {
    await openStore().save(first)
    const whole = await readFile(path)
    // One byte of each part: format, cost (15 instead of 14), salt, nonce, content, tag.
    for (const index of [
      0,
      8,
      9,
      24,
      25,
      36,
      37,
      60,
      whole.length - 17,
      whole.length - 16,
      whole.length - 1,
    ]) {
      const damaged = Buffer.from(whole)
      damaged[index]! ^= 1
      await writeFile(path, damaged)
      await expect(openStore().load(), `byte ${index}`).rejects.toThrow('damaged')
      await expect(openStore().save(second), `byte ${index}`).rejects.toThrow('damaged')
      expect(await readFile(path)).toEqual(damaged)
    }
  })

  it('refuses a truncated file, down to one byte, and keeps it', async () => {
    await openStore().save(first)
    const { size } = await stat(path)
    for (const length of [size - 1, size - 17, 53, 52, 37, 36, 9, 8, 1]) {
      await truncate(path, length)
      await expect(openStore().load(), `${length} bytes`).rejects.toThrow('damaged')
      await expect(openStore().save(second), `${length} bytes`).rejects.toThrow('damaged')
      expect((await stat(path)).size).toBe(length)
    }
  })

  it('refuses a cost that would take all memory before it takes any', async () => {
    await openStore().save(first)
    const file = await readFile(path)
    file[8] = 30
    await writeFile(path, file)
    await expect(openStore().load()).rejects.toThrow('damaged, or was not written by this program')
  })

  it('reads a file of another cost', async () => {
    await createEncryptedFileStore({ path, passphrase: PASSPHRASE, cost: 15 }).save(first)
    expect(await openStore().load()).toMatchObject(first.toJSON())
  })

  it('refuses an empty passphrase and a cost out of range', () => {
    expect(() => createEncryptedFileStore({ path, passphrase: '' })).toThrow(TypeError)
    for (const wrong of [13, 21, 14.5, NaN]) {
      expect(() => createEncryptedFileStore({ path, passphrase: PASSPHRASE, cost: wrong })).toThrow(
        RangeError,
      )
    }
  })

  it('refuses a symbolic link', async () => {
    await openStore().save(first)
    await rm(path)
    await symlink(path, path)
    await expect(openStore().load()).rejects.toMatchObject({ code: 'store_failed', reason: 'unsafe_file' })
    await expect(openStore().save(second)).rejects.toMatchObject({ reason: 'unsafe_file' })
  })
})

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}
