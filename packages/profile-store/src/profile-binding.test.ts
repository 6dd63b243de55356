import fs from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TokenSet } from '@anthropic-auth/core'
import { createProfileStore, type ProfileStore } from '@anthropic-auth/profile-store'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../test/temporary-folder.ts'

const OLD_HOST = 'https://old.example.com'
const NEW_HOST = 'https://new.example.com'

afterEach(() => {
  vi.restoreAllMocks()
})

function tokensOf(n: number): TokenSet {
  return TokenSet.fromJSON({ accessToken: `access-${n}`, refreshToken: `refresh-${n}` })
}

/** Makes every rename onto a file fail, as when the process is killed right before it. */
function failRenamesTo(ending: string): void {
  const { rename } = fs
  vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
    if (String(to).endsWith(ending)) throw Object.assign(new Error('I/O error'), { code: 'EIO' })
    return rename(from, to)
  })
}

/** The state that the next process finds. */
async function found(configDir: string): Promise<{ token: string | undefined; host: string | null }> {
  const store = createProfileStore({ profile: 'work', configDir })
  const { baseUrl } = await store.describe()
  return { token: (await store.load())?.accessToken, host: baseUrl }
}

describe('a login to another server than that of the profile', () => {
  async function profileAt(host: string | undefined): Promise<{ configDir: string; next: ProfileStore }> {
    const configDir = temporaryFolder()
    if (host !== undefined) {
      await createProfileStore({ profile: 'work', configDir, baseUrl: host }).save(tokensOf(1))
    }
    return { configDir, next: createProfileStore({ profile: 'work', configDir, baseUrl: NEW_HOST }) }
  }

  it('is saved with its server', async () => {
    const { configDir, next } = await profileAt(OLD_HOST)
    await next.lock(async () => {
      await next.prepareSave()
      await next.save(tokensOf(2))
    })
    expect(await found(configDir)).toEqual({ token: 'access-2', host: NEW_HOST })
    expect(readdirSync(join(configDir, 'credentials'))).toEqual(['work.json'])
  })

  it.each([OLD_HOST, undefined])(
    'leaves the login at %s alone when the config can’t be written',
    async (host) => {
      const { configDir, next } = await profileAt(host)
      failRenamesTo(join('configs', 'work.json'))
      await expect(next.save(tokensOf(2))).rejects.toMatchObject({ reason: 'write_failed' })
      vi.restoreAllMocks()
      const token = host === undefined ? undefined : 'access-1'
      expect(await found(configDir)).toEqual({ token, host: host ?? null })
      expect(await next.leftovers()).toEqual([])
    },
  )

  it.each([OLD_HOST, undefined])('after %s counts as soon as the config is written', async (host) => {
    const { configDir, next } = await profileAt(host)
    failRenamesTo(join('credentials', 'work.json'))
    await expect(next.save(tokensOf(2))).rejects.toMatchObject({ reason: 'write_failed' })
    vi.restoreAllMocks()
    expect(await found(configDir)).toEqual({ token: 'access-2', host: NEW_HOST })
  })

  it('does not count while the config is still that of the other server', async () => {
    const { configDir, next } = await profileAt(OLD_HOST)
    const { rename } = fs
    const seen: unknown[] = []
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      if (String(to).endsWith(join('configs', 'work.json'))) seen.push(await found(configDir))
      return rename(from, to)
    })
    await next.save(tokensOf(2))
    expect(seen).toEqual([{ token: 'access-1', host: OLD_HOST }])
  })
})
