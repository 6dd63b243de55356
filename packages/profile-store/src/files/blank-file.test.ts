import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TokenSet } from '@anthropic-auth/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { refusalsOf } from '../../test/refusals.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { createProfileStore, type ProfileStore } from '../profile-store.ts'

const BOM = [0xef, 0xbb, 0xbf]

let root: string
let path: string
let configPath: string

beforeEach(() => {
  root = join(temporaryFolder(), 'anthropic')
  path = join(root, 'credentials', 'work.json')
  configPath = join(root, 'configs', 'work.json')
})

describe('a credentials file without content', () => {
  it.each<[string, number[]]>([
    ['is empty', []],
    ['holds 300 NUL bytes', Array.from({ length: 300 }, () => 0)],
    ['holds white space', [0x20, 0x09, 0x0d, 0x0a, 0x0b, 0x0c]],
    ['holds both', [0x0a, 0, 0, 0x20]],
    ['holds a byte order mark', BOM],
    ['holds a byte order mark and a line break', [...BOM, 0x0d, 0x0a]],
    ['holds an empty line of UTF-16', [0xff, 0xfe, 0x0d, 0, 0x0a, 0]],
  ])('%s: it is refused by load(), and replaced by save()', async (_what, bytes) => {
    write(path, Uint8Array.from(bytes))
    await expect(store().load()).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'corrupt_file',
      message: `${path} is empty or blank`,
      hint: `Log in again, or restore ${path} from a backup.\nTo log in, run: anthropic-auth login --profile work`,
    })
    expect(await store().isBlank()).toBe(true)
    expect(await store().describe()).toMatchObject({ name: 'work', accountEmail: null })
    await store().prepareSave()
    expect([...readFileSync(path)]).toEqual(bytes)
    await store().save(tokens())
    expect(await store().load()).toMatchObject({ accessToken: 'a' })
    expect(readdirSync(dirname(path))).toEqual(['work.json'])
  })

  it('is removed by remove()', async () => {
    write(path, Uint8Array.of(0, 0))
    await store().lock(async () => store().remove())
    expect(await store().load()).toBeNull()
    expect(await store().isBlank()).toBe(false)
  })

  it.each(['{}', 'null', '[]', '""', '0', '{', 'garbage', '\u00a0', '\u2028', '.', '{"access_token":""}'])(
    "doesn't include a file that holds %j: that is never replaced",
    async (text) => {
      write(path, Buffer.from(text))
      expect(await store().isBlank()).toBe(false)
      const refusals = await refusalsOf(store().load(), store().prepareSave(), store().save(tokens()))
      for (const refusal of refusals) expect(refusal).toMatchObject({ reason: 'corrupt_file' })
      expect(readFileSync(path, 'utf8')).toBe(text)
    },
  )
})

describe('a config file that is blank', () => {
  it.each<[string, number[]]>([
    ['empty', []],
    ['full of NUL bytes', [0, 0, 0]],
  ])(
    'because it is %s: load() refuses it, since the tokens could go to another host, and save() replaces it',
    async (_what, bytes) => {
      await createProfileStore({ profile: 'work', configDir: root, baseUrl: 'https://example.com' }).save(
        tokens(),
      )
      write(configPath, Uint8Array.from(bytes))
      for (const refusal of await refusalsOf(store().load(), store().leftovers())) {
        expect(refusal).toMatchObject({
          reason: 'corrupt_file',
          message: `${configPath} is empty or blank`,
        })
      }
      await store().lock(async () => store().prepareSave())
      expect([...readFileSync(configPath)]).toEqual(bytes)
      await store().save(tokens())
      expect(JSON.parse(readFileSync(configPath, 'utf8'))).toMatchObject({
        authentication: { client_id: 'client' },
      })
      expect(await store().load()).toMatchObject({ accessToken: 'a' })
    },
  )

  it('does not prevent a logout', async () => {
    await store().save(tokens())
    write(configPath, Uint8Array.of())
    await store().lock(async () => store().remove())
    expect(existsSync(path)).toBe(false)
  })
})

describe('a file of another encoding', () => {
  const config = '{"base_url":"https://example.com","authentication":{"client_id":"c"}}'
  const login = '{"access_token":"a","refresh_token":"r"}'

  it('is read after a byte order mark, which a save leaves out', async () => {
    write(configPath, Buffer.concat([Uint8Array.from(BOM), Buffer.from(config)]))
    write(path, Buffer.concat([Uint8Array.from(BOM), Buffer.from(login)]))
    expect(await store().load()).toMatchObject({ accessToken: 'a', clientId: 'c' })
    expect(await store().describe()).toMatchObject({ baseUrl: 'https://example.com' })
    await store().save(tokens())
    for (const file of [path, configPath]) expect(readFileSync(file, 'utf8').slice(0, 1)).toBe('{')
  })

  it.each<[string, (text: string) => Uint8Array]>([
    ['with its mark', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['without a mark', (text) => Buffer.from(text, 'utf16le')],
    ['of the other byte order', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['of the other byte order without a mark', (text) => Buffer.from(text, 'utf16le').swap16()],
  ])('is named when it is UTF-16 %s, and left unchanged', async (_what, encode) => {
    write(path, encode(login))
    const before = readFileSync(path)
    for (const refusal of await refusalsOf(store().load(), store().save(tokens()))) {
      expect(refusal).toMatchObject({
        reason: 'corrupt_file',
        message: `${path} is UTF-16; save it as UTF-8`,
      })
    }
    expect(readFileSync(path)).toEqual(before)
    write(configPath, encode(config))
    await expect(store().load()).rejects.toMatchObject({
      message: `${configPath} is UTF-16; save it as UTF-8`,
    })
  })
})

function store(): ProfileStore {
  return createProfileStore({ profile: 'work', configDir: root })
}

function tokens(): TokenSet {
  return TokenSet.fromJSON({ accessToken: 'a', refreshToken: 'r-a', clientId: 'client' })
}

function write(file: string, content: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, content, { mode: 0o600 })
}
