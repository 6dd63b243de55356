import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import fs from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import {
  createTokenProvider,
  OAuthClient,
  platformApiEndpoints,
  TokenSet,
  type TokenSetJson,
  type TokenStore,
} from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startProgram } from '../test/child-program.ts'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { listProfiles } from './profile-list.ts'
import { createProfileStore, type ProfileStore } from './profile-store.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

const WATCHDOG_MS = 60_000

const full: TokenSetJson = {
  accessToken: 'sk-ant-oat01-first',
  refreshToken: 'sk-ant-ort01-first',
  expiresAt: 1_900_000_000,
  refreshTokenExpiresAt: null,
  scopes: ['user:profile', 'user:inference'],
  clientId: 'client-1',
  account: { id: 'account-1', email: 'person@example.com' },
  organization: { id: 'organization-1', name: 'Example' },
  workspace: { id: 'workspace-1', name: 'Tests' },
}

let root: string
let configPath: string
let credentialsPath: string

beforeEach(() => {
  root = join(temporaryFolder(), 'anthropic')
  configPath = join(root, 'configs', 'work.json')
  credentialsPath = join(root, 'credentials', 'work.json')
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('createProfileStore().save()', { timeout: WATCHDOG_MS }, () => {
  it('writes the official files', async () => {
    await store().save(tokens())
    expect(readFileSync(configPath, 'utf8')).toBe(
      [
        '{',
        '  "version": "1.0",',
        '  "authentication": {',
        '    "type": "user_oauth",',
        '    "client_id": "client-1"',
        '  }',
        '}',
      ].join('\n'),
    )
    expect(readFileSync(credentialsPath, 'utf8')).toBe(
      [
        '{',
        '  "version": "1.0",',
        '  "type": "oauth_token",',
        '  "access_token": "sk-ant-oat01-first",',
        '  "expires_at": 1900000000,',
        '  "refresh_token": "sk-ant-ort01-first",',
        '  "scope": "user:profile user:inference",',
        '  "organization_uuid": "organization-1",',
        '  "organization_name": "Example",',
        '  "account_email": "person@example.com",',
        '  "workspace_id": "workspace-1",',
        '  "workspace_name": "Tests"',
        '}',
      ].join('\n'),
    )
    expect(filesBelow(root)).toEqual(['configs', 'configs/work.json', 'credentials', 'credentials/work.json'])
  })

  it('writes files 0600 in folders 0700, whatever the umask', async () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    await store().save(tokens())
    await store().save(tokens({ accessToken: 'second' }))
    expect([configPath, credentialsPath].map(modeOf)).toEqual([0o600, 0o600])
    expect([root, dirname(configPath), dirname(credentialsPath)].map(modeOf)).toEqual([0o700, 0o700, 0o700])
  })

  it('keeps unknown keys in both files, and base_url', async () => {
    const config = {
      base_url: 'https://example.com',
      organization_id: 'o',
      future: { a: [1] },
      version: '1.1',
      authentication: { future: true, client_id: 'old' },
    }
    writeConfig(config)
    writeCredentials('{"future":{"b":2},"__proto__":{"c":3},"access_token":"old","refresh_token":"old"}')
    await store().save(tokens())
    expect(readJson(configPath)).toEqual({
      ...config,
      authentication: { future: true, type: 'user_oauth', client_id: 'client-1' },
    })
    expect(readFileSync(credentialsPath, 'utf8')).toContain('"__proto__": {\n    "c": 3\n  }')
    expect(readJson(credentialsPath)).toMatchObject({
      future: { b: 2 },
      access_token: 'sk-ant-oat01-first',
      refresh_token: 'sk-ant-ort01-first',
    })
  })

  it('leaves a config file unchanged that already names the client', async () => {
    const text = '{"authentication":{"client_id":"client-1","type":"user_oauth"}}'
    writeConfig(text)
    await store().save(tokens())
    expect(readFileSync(configPath, 'utf8')).toBe(text)
  })

  it('keeps the client when the tokens name none', async () => {
    await store().save(tokens())
    await store().save(tokens({ clientId: null, accessToken: 'second' }))
    expect(readJson(configPath)).toMatchObject({ authentication: { client_id: 'client-1' } })
    expect(await store().load()).toMatchObject({ accessToken: 'second', clientId: 'client-1' })
  })

  it("keeps the account of the login through a refresh that doesn't name it", async () => {
    await store().save(tokens())
    const unsaid = { scopes: null, account: null, organization: null, workspace: null }
    await store().save(tokens({ ...unsaid, accessToken: 'second' }))
    expect(readJson(credentialsPath)).toMatchObject({
      access_token: 'second',
      scope: 'user:profile user:inference',
      organization_uuid: 'organization-1',
      organization_name: 'Example',
      account_email: 'person@example.com',
      workspace_id: 'workspace-1',
      workspace_name: 'Tests',
    })
  })

  it('keeps the e-mail address of the loaded tokens', async () => {
    await store().save(tokens())
    const loaded = TokenSet.fromJSON(await store().load())
    expect(loaded.account).toBeNull()
    await store().save(loaded)
    expect(readJson(credentialsPath)).toMatchObject({ account_email: 'person@example.com' })
  })

  it.each<[string, Partial<TokenSetJson>]>([
    ['client', { clientId: 'client-2' }],
    ['account', { account: { id: 'account-2', email: 'other@example.com' } }],
    ['organization', { organization: { id: 'organization-2', name: null } }],
    ['workspace', { workspace: { id: 'workspace-2', name: null } }],
  ])('keeps nothing of an earlier login with another %s', async (_what, said) => {
    await store().save(tokens())
    const bare = { scopes: null, account: null, organization: null, workspace: null, refreshToken: null }
    await store().save(tokens({ ...bare, ...said }))
    const text = readFileSync(credentialsPath, 'utf8')
    for (const earlier of [
      'user:profile',
      'Example',
      'person@',
      '-ort01-',
      'organization-1',
      'workspace-1',
    ]) {
      expect(text).not.toContain(earlier)
    }
  })

  it('writes the same file for the same tokens, whatever order the keys had', async () => {
    writeCredentials({ refresh_token: 'r', future: 1, scope: 'a', access_token: 'a' })
    await store().save(tokens({ refreshTokenExpiresAt: 1_950_000_000 }))
    const first = readFileSync(credentialsPath, 'utf8')
    await store().save(tokens({ refreshTokenExpiresAt: 1_950_000_000 }))
    expect(readFileSync(credentialsPath, 'utf8')).toBe(first)
  })

  it('keeps the end of the login through a refresh that does not repeat it', async () => {
    const end = nowSeconds() + 86_400
    await store().save(tokens({ refreshTokenExpiresAt: end }))
    expect(readJson(credentialsPath)).toMatchObject({ refresh_token_expires_at: end })
    await store().save(tokens({ accessToken: 'second', refreshToken: 'r-second' }))
    expect(await store().load()).toMatchObject({ accessToken: 'second', refreshTokenExpiresAt: end })
    await store().save(tokens({ refreshTokenExpiresAt: end + 1 }))
    expect(await store().load()).toMatchObject({ refreshTokenExpiresAt: end + 1 })
  })

  it.each<[string, Partial<TokenSetJson>, number]>([
    ['another login', { account: { id: 'account-2', email: 'other@example.com' } }, 86_400],
    ['tokens that can not be refreshed', { refreshToken: null }, 86_400],
    ['a login that goes on after it', {}, -60],
  ])('drops the end of the login at %s', async (_what, different, endsInSeconds) => {
    await store().save(tokens({ refreshTokenExpiresAt: nowSeconds() + endsInSeconds }))
    await store().save(tokens(different))
    expect(readJson(credentialsPath)).not.toHaveProperty('refresh_token_expires_at')
    expect(await store().load()).toMatchObject({ refreshTokenExpiresAt: null })
  })

  it('forgets a refresh token that the tokens no longer have', async () => {
    await store().save(tokens())
    await store().save(tokens({ refreshToken: null, expiresAt: null }))
    expect(readJson(credentialsPath)).not.toHaveProperty('refresh_token')
    expect(await store().load()).toMatchObject({ refreshToken: null, expiresAt: null })
  })

  it.each<[string, unknown]>([
    ['a list', ['sk-ant-ort01-first']],
    ['text with a line break', 'sk-ant-ort01-\nfirst'],
  ])('keeps a refresh token that is %s until another access token comes', async (_what, odd) => {
    writeCredentials({ access_token: 'a', refresh_token: odd, future: 1 })
    await store().save(TokenSet.fromJSON(await store().load()))
    expect(readJson(credentialsPath)).toMatchObject({ access_token: 'a', refresh_token: odd, future: 1 })
    await store().save(tokens({ refreshToken: null }))
    expect(readJson(credentialsPath)).not.toHaveProperty('refresh_token')
    expect(readJson(credentialsPath)).toMatchObject({ access_token: 'sk-ant-oat01-first', future: 1 })
  })

  it('keeps odd optional fields through a save without better values', async () => {
    const odd = { scope: 5, account_email: 5, organization_name: {}, workspace_id: ['w'] }
    writeCredentials({ access_token: 'a', refresh_token: 'r', expires_at: 'soon', ...odd })
    const unsaid = { scopes: null, account: null, organization: null, workspace: null }
    await store().save(tokens(unsaid))
    expect(readJson(credentialsPath)).toMatchObject({ ...odd, expires_at: 1_900_000_000 })
    await store().save(tokens())
    expect(readJson(credentialsPath)).toMatchObject({
      scope: 'user:profile user:inference',
      account_email: 'person@example.com',
      organization_name: 'Example',
      workspace_id: 'workspace-1',
    })
  })

  it('keeps the new tokens when it can’t replace the file, and names where they are', async () => {
    await store().save(tokens())
    const rename = fs.rename.bind(fs)
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      if (to === credentialsPath) throw Object.assign(new Error('no'), { code: 'ENOSPC' })
      return rename(from, to)
    })
    const refreshed = tokens({ accessToken: 'second', refreshToken: 'r-second' })
    const error: unknown = await store()
      .save(refreshed)
      .catch((caught: unknown) => caught)
    const [, leftover = ''] = readdirSync(dirname(credentialsPath)).toSorted()
    expect(leftover).toMatch(/^work\.json\.[\w-]{22}\.[\w-]{22}\.tmp$/)
    expect(error).toMatchObject({
      code: 'store_failed',
      reason: 'write_failed',
      message: `${credentialsPath} can't be replaced (ENOSPC). The new tokens are in ${dirname(credentialsPath)}/${leftover}: keep that file, since the next run uses it.`,
      hint: 'Free some space there, then try again.',
      cause: { code: 'ENOSPC' },
    })
    expect(readJson(credentialsPath)).toMatchObject({ access_token: 'sk-ant-oat01-first' })
    expect(await store().load()).toMatchObject({ accessToken: 'second', refreshToken: 'r-second' })

    // A token provider retries like this.
    await expect(store().save(refreshed)).rejects.toMatchObject({ reason: 'write_failed' })
    expect(readdirSync(dirname(credentialsPath)).toSorted()).toEqual(['work.json', leftover])
    vi.restoreAllMocks()
    await store().save(refreshed)
    expect(readdirSync(dirname(credentialsPath))).toEqual(['work.json'])
    expect(readJson(credentialsPath)).toMatchObject({ access_token: 'second', refresh_token: 'r-second' })
  })

  it('keeps the new tokens when fsync() fails', async () => {
    await store().save(tokens())
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (path, ...mode) => {
      const file = await open(path, ...mode)
      if (path !== dirname(credentialsPath)) {
        file.sync = async () => {
          throw Object.assign(new Error('no'), { code: 'EIO' })
        }
      }
      return file
    })
    const refreshed = tokens({ accessToken: 'second', refreshToken: 'r-second' })
    await expect(store().save(refreshed)).rejects.toMatchObject({
      reason: 'write_failed',
      message: expect.stringMatching(/\(EIO\)\. The new tokens are in .*\.tmp: keep/),
      cause: { code: 'EIO' },
    })
    expect(await store().load()).toMatchObject({ accessToken: 'second' })
  })

  it('leaves nothing behind when nothing could be written', async () => {
    await store().save(tokens())
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (path, ...mode) => {
      const file = await open(path, ...mode)
      file.write = async () => {
        throw Object.assign(new Error('no'), { code: 'ENOSPC' })
      }
      return file
    })
    await expect(store().save(tokens({ accessToken: 'second' }))).rejects.toMatchObject({
      reason: 'write_failed',
      message: `${credentialsPath} can't be saved (ENOSPC)`,
    })
    expect(await store().load()).toMatchObject({ accessToken: 'sk-ant-oat01-first' })
    expect(readdirSync(dirname(credentialsPath))).toEqual(['work.json'])
  })

  it('syncs the new tokens as a leftover before it replaces the file', async () => {
    await store().save(tokens())
    const events: string[] = []
    const kindOf = (path: unknown): string =>
      String(path)
        .replace(/^.*work\.json/, 'file')
        .replace(/\.[\w.-]+\./, ' ') || 'folder'
    const { open, rename } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (path, ...mode) => {
      const file = await open(path, ...mode)
      const what = path === dirname(credentialsPath) ? ' folder' : ''
      for (const name of ['truncate', 'write', 'sync'] as const) {
        const real = file[name].bind(file) as (...args: unknown[]) => Promise<unknown>
        const record = async (...args: unknown[]): Promise<unknown> => {
          events.push(name + what)
          return real(...args)
        }
        Object.assign(file, { [name]: record })
      }
      return file
    })
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      events.push(`${kindOf(from)} to ${kindOf(to)}`)
      return rename(from, to)
    })
    const locked = store()
    await locked.lock(async () => {
      await locked.prepareSave()
      events.push('sent')
      await locked.save(tokens({ accessToken: 'second' }))
    })
    expect(events.filter((event) => !event.includes('lock'))).toEqual([
      'write',
      'sync',
      'file probe to file probe',
      'sent',
      'file probe to file tmp',
      'truncate',
      'write',
      'sync',
      'file tmp to file',
      'sync folder',
    ])
  })

  it('is never seen half done by a reader', async () => {
    await store().save(tokens({ accessToken: 'token-0' }))
    const saving = new AbortController()
    const seen = new Set<unknown>()
    const read = async (): Promise<void> => {
      while (!saving.signal.aborted) {
        seen.add((JSON.parse(await fs.readFile(credentialsPath, 'utf8')) as Json)['access_token'])
      }
    }
    const readers = [read(), read()]
    // Long tokens, which no system writes at once.
    const padding = 'x'.repeat(8000)
    for (let count = 1; count <= 150; count += 1) {
      await store().save(tokens({ accessToken: `token-${count}`, refreshToken: padding }))
    }
    saving.abort()
    await Promise.all(readers)
    expect(seen.size).toBeGreaterThan(10)
    expect(readdirSync(dirname(credentialsPath))).toEqual(['work.json'])
  })

  it('keeps the login when the process is killed at any step', { timeout: 300_000 }, async () => {
    const found: string[] = []
    for (let step = 0, signal: string | null = 'SIGKILL'; signal === 'SIGKILL'; step += 1) {
      await store().remove()
      await store().save(tokens())
      const ended = await startProgram('dying-save-process.ts', [root, 'work', String(step), 'client-2'])
        .ended
      ;({ signal } = ended)
      expect(ended.problem).toBe('')
      const loaded = await store().load()
      const which = loaded?.accessToken === 'second' ? 'second' : 'first'
      found.push(`${ended.output === 'sent' ? 'sent, ' : ''}${which} of ${loaded?.clientId}`)
      // The next holder of the lock completes the save, so that programs that know nothing of leftovers see it, too.
      const next = store()
      await next.lock(async () => next.prepareSave())
      expect(readJson(credentialsPath)).toMatchObject({ access_token: loaded?.accessToken })
      await next.save(tokens())
      const left = readdirSync(dirname(credentialsPath)).filter((name) => !name.includes('.lock.'))
      expect(left).toEqual(['work.json'])
    }
    // The login of another client counts from the moment its config is written; until then the first login goes on.
    // No tokens ever get the other client's id.
    expect([...new Set(found)]).toEqual([
      'first of client-1',
      'sent, first of client-1',
      'sent, second of client-2',
    ])
  })
})

describe('createProfileStore().load()', () => {
  it('returns null when nothing was saved, and creates nothing', async () => {
    expect(await store().load()).toBeNull()
    expect(existsSync(root)).toBe(false)
    writeConfig('{"base_url":"https://example.com"}')
    expect(await store().load()).toBeNull()
  })

  it("returns the saved tokens, except the account, whose id the file can't hold", async () => {
    await store().save(tokens())
    expect(TokenSet.fromJSON(await store().load()).toJSON()).toEqual({ ...full, account: null })
  })

  it('sees the changes of another program: nothing is cached', async () => {
    const store1 = store()
    await store1.save(tokens())
    expect(await store1.load()).toMatchObject({ accessToken: 'sk-ant-oat01-first' })
    writeCredentials({ ...readJson(credentialsPath), access_token: 'theirs' })
    expect(await store1.load()).toMatchObject({ accessToken: 'theirs' })
  })

  it("reads the official SDK's file: an expiry with a fraction, missing keys", async () => {
    writeCredentials({ version: '1.0', type: 'oauth_token', access_token: 'a', expires_at: 1_900_000_000.75 })
    expect(TokenSet.fromJSON(await store().load()).toJSON()).toEqual({
      accessToken: 'a',
      refreshToken: null,
      expiresAt: 1_900_000_000,
      refreshTokenExpiresAt: null,
      scopes: null,
      clientId: null,
      account: null,
      organization: null,
      workspace: null,
    })
    writeCredentials({
      access_token: 'a',
      refresh_token: '',
      expires_at: null,
      scope: 'a  b ',
      workspace_id: '',
    })
    expect(await store().load()).toMatchObject({ refreshToken: null, expiresAt: null, scopes: ['a', 'b'] })
  })

  it.each<[json: string, seconds: number | null]>([
    ['1900000000.75', 1_900_000_000],
    ['"1900000000"', 1_900_000_000],
    ['0', 0],
    ['1900000000000', null],
    ['"1900000000000"', null],
    ['-5', null],
    ['1e400', null],
    ['"1e9"', null],
    ['"soon"', null],
    ['""', null],
    ['true', null],
    ['null', null],
    ['{}', null],
    ['[1900000000]', null],
  ])('reads an instant of %s as %j, and keeps the login', async (json, seconds) => {
    for (const [key, member] of [
      ['expires_at', 'expiresAt'],
      ['refresh_token_expires_at', 'refreshTokenExpiresAt'],
    ] as const) {
      writeCredentials(`{"access_token":"a","refresh_token":"r","${key}":${json}}`)
      expect(await store().load()).toMatchObject({ accessToken: 'a', refreshToken: 'r', [member]: seconds })
    }
  })

  it.each<[Json, Partial<TokenSetJson>]>([
    [{ type: null }, {}],
    [{ type: '' }, {}],
    [{ scope: 5 }, { scopes: null }],
    [{ scope: ['a'] }, { scopes: null }],
    [{ scope: 'a b\0' }, { scopes: null }],
    [{ account_email: 5 }, { account: null }],
    [{ organization_uuid: 5 }, { organization: null }],
    [{ organization_uuid: 'o', organization_name: {} }, { organization: { id: 'o', name: null } }],
    [{ workspace_id: ['w'] }, { workspace: null }],
    [{ workspace_id: 'w', workspace_name: 5 }, { workspace: { id: 'w', name: null } }],
    [{ refresh_token: '' }, { refreshToken: null }],
    [{ refresh_token: 5 }, { refreshToken: null }],
    [{ refresh_token: ['sk-ant-ort01-first'] }, { refreshToken: null }],
    [{ refresh_token: 'two words' }, { refreshToken: null }],
  ])('reads %j, and keeps the login', async (odd, member) => {
    writeCredentials({ access_token: 'a', refresh_token: 'r', scope: 'x', expires_at: 1_900_000_000, ...odd })
    const expected = {
      accessToken: 'a',
      refreshToken: 'r',
      scopes: ['x'],
      expiresAt: 1_900_000_000,
      ...member,
    }
    expect(await store().load()).toMatchObject(expected)
    expect(await store().describe()).toMatchObject({ accountEmail: null })
  })

  it('follows a config file that names another credentials file, as the official SDK does', async () => {
    const elsewhere = join(temporaryFolder(), 'mounted', 'tokens.json')
    writeConfig({ authentication: { type: 'user_oauth', client_id: 'c', credentials_path: elsewhere } })
    await store().save(tokens())
    expect(existsSync(credentialsPath)).toBe(false)
    expect(modeOf(elsewhere)).toBe(0o600)
    expect(readJson(elsewhere)).toMatchObject({ access_token: 'sk-ant-oat01-first' })
    expect(readJson(configPath)).toMatchObject({
      authentication: { type: 'user_oauth', client_id: 'client-1', credentials_path: elsewhere },
    })
    expect(await store().load()).toMatchObject({ accessToken: 'sk-ant-oat01-first' })
  })

  it('takes a relative path from the working directory, as the official SDK does, and stays there', async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()]
    const before = process.cwd()
    onTestFinished(() => process.chdir(before))
    process.chdir(folder)
    writeConfig({ authentication: { type: 'user_oauth', credentials_path: 'mine/tokens.json' } })
    const relative = store()
    await relative.save(tokens())
    process.chdir(other)
    await relative.save(tokens({ accessToken: 'second' }))
    expect(readJson(join(folder, 'mine', 'tokens.json'))).toMatchObject({ access_token: 'second' })
    expect(await store().load()).toBeNull()
    expect([existsSync(credentialsPath), filesBelow(other)]).toEqual([false, []])
  })

  it.each([
    ['~/tokens.json', `: ${join(homedir(), 'tokens.json')}`],
    ['~other/tokens.json', '.'],
  ])('refuses %s, which only a shell expands', async (path, example) => {
    const folder = temporaryFolder()
    const before = process.cwd()
    onTestFinished(() => process.chdir(before))
    process.chdir(folder)
    writeConfig({ authentication: { type: 'user_oauth', credentials_path: path } })
    const operations = [store().load(), store().save(tokens()), store().remove(), store().describe()]
    for (const { reason: refused } of (await Promise.allSettled(operations)) as PromiseRejectedResult[]) {
      expect(refused).toMatchObject({
        code: 'invalid_config',
        message: `credentials_path in ${configPath} starts with "~", which only a shell expands`,
        hint: `Replace it with the full path${example}`,
      })
    }
    expect(filesBelow(folder)).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('createProfileStore(), at files that others can touch', () => {
  it.each([0o640, 0o604, 0o644, 0o660, 0o606, 0o620, 0o602, 0o666])(
    'refuses to load and to save a credentials file of mode %o, and leaves it unchanged',
    async (mode) => {
      await store().save(tokens())
      chmodSync(credentialsPath, mode)
      for (const refused of await outcomes(store())) {
        expect(refused).toMatchObject({
          code: 'store_failed',
          reason: 'unsafe_file',
          message: expect.stringContaining(credentialsPath),
          hint: expect.stringContaining(`chmod 600 '${credentialsPath}'`),
        })
      }
      expect(modeOf(credentialsPath)).toBe(mode)
      expect(readJson(credentialsPath)).toMatchObject({ access_token: 'sk-ant-oat01-first' })
    },
  )

  it.each([0o400, 0o600, 0o700, 0o711])('accepts a credentials file of mode %o', async (mode) => {
    await store().save(tokens())
    chmodSync(credentialsPath, mode)
    expect(await store().load()).toMatchObject({ accessToken: 'sk-ant-oat01-first' })
  })

  it('refuses a config file that others can write, and accepts one that they can read', async () => {
    await store().save(tokens())
    chmodSync(configPath, 0o644)
    expect(await store().load()).toMatchObject({ clientId: 'client-1' })
    chmodSync(configPath, 0o664)
    for (const refused of await outcomes(store())) {
      expect(refused).toMatchObject({ reason: 'unsafe_file', message: expect.stringContaining(configPath) })
    }
  })

  it.each(['configs', 'credentials'])('refuses a file in %s that belongs to another user', async (folder) => {
    await store().save(tokens())
    giveAway(join(root, folder, 'work.json'))
    for (const refused of await outcomes(store())) {
      expect(refused).toMatchObject({
        reason: 'unsafe_file',
        message: `${join(root, folder, 'work.json')} belongs to another user of this machine`,
      })
    }
  })

  it.each(['.', 'configs', 'credentials'])(
    'refuses files in a folder of mode %o, unless nobody can replace the files of others',
    async (name) => {
      await store().save(tokens())
      const folder = join(root, name)
      chmodSync(folder, 0o777)
      for (const refused of await outcomes(store())) {
        expect(refused).toMatchObject({
          reason: 'unsafe_file',
          message: `Other users of this machine can change what is in ${folder}`,
          hint: `If you trust what it contains, run: chmod go-w '${folder}'`,
        })
      }
      chmodSync(folder, 0o1777)
      expect(await store().load()).toMatchObject({ accessToken: 'sk-ant-oat01-first' })
    },
  )

  it('has a command in its hint that can be pasted into a shell', async () => {
    root = join(temporaryFolder(), "it's $(odd)")
    credentialsPath = join(root, 'credentials', 'work.json')
    await store().save(tokens())
    chmodSync(credentialsPath, 0o644)
    const [refused] = await outcomes(store())
    const command = /run: (.*)$/.exec(String((refused as { hint: string }).hint))?.[1]
    const { execFileSync } = await import('node:child_process')
    execFileSync('sh', ['-c', command!])
    expect(modeOf(credentialsPath)).toBe(0o600)
  })

  it.each(['configs', 'credentials'])(
    'refuses a symbolic link in %s, even one that leads nowhere',
    async (folder) => {
      await store().save(tokens())
      const path = join(root, folder, 'work.json')
      const target = join(root, 'target.json')
      await fs.rename(path, target)
      symlinkSync(target, path)
      for (const refused of await outcomes(store())) expect(refused).toMatchObject({ reason: 'unsafe_file' })
      await fs.rm(target)
      for (const refused of await outcomes(store())) expect(refused).toMatchObject({ reason: 'unsafe_file' })
      expect(existsSync(target)).toBe(false)
    },
  )

  it.each(['configs', 'credentials'])(
    'refuses a folder and a pipe in the place of a file in %s',
    async (folder) => {
      const path = join(root, folder, 'work.json')
      mkdirSync(path, { recursive: true })
      for (const refused of await outcomes(store())) {
        expect(refused).toMatchObject({ reason: 'unsafe_file', message: expect.stringContaining(path) })
      }
      await fs.rmdir(path)
      const { execFileSync } = await import('node:child_process')
      execFileSync('mkfifo', ['-m', '600', path])
      for (const refused of await outcomes(store())) expect(refused).toMatchObject({ reason: 'unsafe_file' })
    },
  )
})

describe('createProfileStore(), at a corrupt file', () => {
  it.each([
    ['cut off', '{"access_token":"sk-ant-oat01-canary","refresh_token":"sk-ant-ort01-can'],
    ['no object', '["sk-ant-oat01-canary"]'],
    ['null', 'null'],
    ['without a token', '{"refresh_token":"sk-ant-ort01-canary"}'],
    ['with a token of another kind', '{"access_token":["sk-ant-oat01-canary"]}'],
    ['of another type', '{"type":"api_key","access_token":"sk-ant-api03-canary"}'],
    ['too large', JSON.stringify({ access_token: 'a', padding: 'x'.repeat(1_100_000) })],
  ])(
    'refuses credentials that are %s, keeps them unchanged, and shows nothing of them',
    async (_what, text) => {
      writeCredentials(text)
      for (const refused of await outcomes(store())) {
        expect(refused).toMatchObject({
          code: 'store_failed',
          reason: 'corrupt_file',
          message: expect.stringContaining(credentialsPath),
          hint: expect.stringContaining(credentialsPath),
        })
        expect(inspect(refused, { depth: 20, showHidden: true })).not.toMatch(/canary|-can/)
        expect(JSON.stringify(refused)).not.toMatch(/canary|-can/)
      }
      expect(readFileSync(credentialsPath, 'utf8')).toBe(text)
      expect(existsSync(configPath)).toBe(false)
    },
  )

  it('refuses a config file that is cut off, before it writes tokens', async () => {
    writeConfig('{"authentication":')
    for (const refused of await outcomes(store())) {
      expect(refused).toMatchObject({ reason: 'corrupt_file', message: expect.stringContaining(configPath) })
    }
    expect(readFileSync(configPath, 'utf8')).toBe('{"authentication":')
    expect(existsSync(credentialsPath)).toBe(false)
  })

  it("refuses a profile that isn't a user's login", async () => {
    const text = '{"authentication":{"type":"oidc_federation","federation_rule_id":"r"}}'
    writeConfig(text)
    for (const refused of await outcomes(store())) {
      expect(refused).toMatchObject({ code: 'store_failed', reason: 'foreign_profile' })
    }
    expect(readFileSync(configPath, 'utf8')).toBe(text)
  })

  it('passes on the error of the file system as the cause', async () => {
    writeFileSync(root, 'a file where a folder should be')
    for (const refused of await outcomes(store())) {
      expect(refused).toMatchObject({
        code: 'store_failed',
        reason: 'read_failed',
        cause: { code: 'ENOTDIR' },
      })
    }
  })
})

describe('createProfileStore(), the host', () => {
  const withHost = (baseUrl: string | undefined) =>
    createProfileStore({ profile: 'work', configDir: root, baseUrl })

  it('is written into the profile by a save, without the slash at its end', async () => {
    await withHost('https://example.com/').save(tokens())
    expect(readJson(configPath)).toEqual({
      version: '1.0',
      authentication: { type: 'user_oauth', client_id: 'client-1' },
      base_url: 'https://example.com',
    })
    expect(modeOf(configPath)).toBe(0o600)
  })

  it('replaces another host, and nothing else', async () => {
    writeConfig({ base_url: 'https://old.example', future: true, authentication: { type: 'user_oauth' } })
    await withHost('http://127.0.0.1:8080').save(tokens({ clientId: null }))
    expect(readJson(configPath)).toEqual({
      version: '1.0',
      base_url: 'http://127.0.0.1:8080',
      future: true,
      authentication: { type: 'user_oauth' },
    })
  })

  it('is left unchanged when none is given, or the same', async () => {
    const text =
      '{"base_url":"https://a.example","authentication":{"type":"user_oauth","client_id":"client-1"}}'
    writeConfig(text)
    await withHost(undefined).save(tokens())
    await withHost('https://a.example').save(tokens())
    expect(readFileSync(configPath, 'utf8')).toBe(text)
  })

  it.each([
    '',
    'example.com',
    'http://example.com',
    'https://user@example.com',
    'https://a.example?b=1',
    'https://a.example#b',
    5,
  ])('is refused when it is %o', (baseUrl) => {
    expect(() => withHost(baseUrl as string)).toThrow(
      expect.objectContaining({ code: 'invalid_config', reason: 'baseUrl' }),
    )
  })
})

describe('createProfileStore().describe()', () => {
  it('returns the settings in the files, and no part of a token', async () => {
    writeConfig({
      base_url: 'https://example.com',
      organization_id: 'organization-2',
      workspace_id: 'workspace-2',
      authentication: { type: 'user_oauth', client_id: 'old' },
    })
    await store().save(tokens())
    expect(await store().describe()).toEqual({
      name: 'work',
      baseUrl: 'https://example.com',
      clientId: 'client-1',
      organizationId: 'organization-2',
      consoleUrl: null,
      mode: null,
      scopes: null,
      workspaceId: 'workspace-2',
      accountEmail: 'person@example.com',
    })
  })

  it('returns the name when there is nothing else, and creates nothing', async () => {
    const nothing = {
      baseUrl: null,
      clientId: null,
      organizationId: null,
      workspaceId: null,
      consoleUrl: null,
      mode: null,
      scopes: null,
      accountEmail: null,
    }
    expect(await store().describe()).toEqual({ name: 'work', ...nothing })
    expect(existsSync(root)).toBe(false)
    writeConfig({ base_url: '', organization_id: 5, authentication: [] })
    writeCredentials({ access_token: 'a', account_email: '' })
    expect(await store().describe()).toEqual({ name: 'work', ...nothing })
  })

  it.each(['{', '', '{"account_email":"person@example.com"}'])(
    'describes a profile whose credentials are %j',
    async (text) => {
      await store().save(tokens())
      writeCredentials(text)
      expect(await store().describe()).toMatchObject({ clientId: 'client-1', accountEmail: null })
    },
  )

  it('refuses a profile of another kind', async () => {
    writeConfig({ authentication: { type: 'oidc_federation' } })
    await expect(store().describe()).rejects.toMatchObject({ reason: 'foreign_profile' })
  })
})

describe('createProfileStore().remove()', () => {
  it('removes only the tokens', async () => {
    await store().save(tokens())
    await store().remove()
    expect(filesBelow(root)).toEqual(['configs', 'configs/work.json', 'credentials'])
    expect(await store().load()).toBeNull()
  })

  it('does nothing when there are none', async () => {
    await store().remove()
    expect(existsSync(root)).toBe(false)
  })

  it('removes them from the file that the config file names', async () => {
    const elsewhere = join(temporaryFolder(), 'tokens.json')
    writeConfig({ authentication: { type: 'user_oauth', credentials_path: elsewhere } })
    await store().save(tokens())
    await store().remove()
    expect(existsSync(elsewhere)).toBe(false)
  })

  it("fails with the cause when it can't", async () => {
    mkdirSync(join(credentialsPath, 'in-use'), { recursive: true })
    await expect(store().remove()).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'write_failed',
      message: expect.stringContaining(credentialsPath),
      cause: { code: 'EISDIR' },
    })
  })

  it('leaves a profile of another kind', async () => {
    writeConfig({ authentication: { type: 'oidc_federation' } })
    writeCredentials({ access_token: 'theirs' })
    await expect(store().remove()).rejects.toMatchObject({ reason: 'foreign_profile' })
    expect(readJson(credentialsPath)).toEqual({ access_token: 'theirs' })
  })
})

describe('listProfiles()', () => {
  it('returns the names of all profiles that have a file, in order', async () => {
    const leave = (folder: string, name: string): void => {
      mkdirSync(join(root, folder), { recursive: true })
      writeFileSync(join(root, folder, name), '{}')
    }
    for (const name of ['b.json', 'a.json', '.json', 'a b.json', '...json', 'notes.txt']) {
      leave('configs', name)
    }
    for (const name of ['b.json', 'c.d.json', 'c.json.lock', 'c.json.1-2.tmp']) leave('credentials', name)
    expect(await listProfiles({ configDir: root })).toEqual(['a', 'b', 'c.d'])
  })

  it('returns none when there is no folder', async () => {
    expect(await listProfiles({ configDir: root })).toEqual([])
  })

  it('looks in the folder of the environment', async () => {
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', root)
    await store().save(tokens())
    expect(await listProfiles()).toEqual(['work'])
  })

  it("fails with the cause when it can't read the folder", async () => {
    mkdirSync(root)
    writeFileSync(join(root, 'configs'), '')
    await expect(listProfiles({ configDir: root })).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'read_failed',
      cause: { code: 'ENOTDIR' },
    })
  })

  it('refuses a folder without a name', async () => {
    await expect(listProfiles({ configDir: '' })).rejects.toMatchObject({ code: 'invalid_config' })
  })
})

describe('createProfileStore().lock()', { timeout: WATCHDOG_MS }, () => {
  it('creates the folder that it needs, and is next to the credentials', async () => {
    const names = await store().lock(async () => filesBelow(root))
    expect(names).toEqual(['credentials', 'credentials/work.json.lock'])
    expect(modeOf(dirname(credentialsPath))).toBe(0o700)
    expect(filesBelow(root)).toEqual(['credentials'])
  })

  it('excludes other stores of the same profile, not those of others', async () => {
    const log: string[] = []
    await store().lock(async () => {
      const same = store().lock(async () => log.push('same'))
      await createProfileStore({ profile: 'other', configDir: root }).lock(async () => log.push('other'))
      expect(log).toEqual(['other'])
      queueMicrotask(() => log.push('end'))
      return { same }
    })
    await vi.waitUntil(() => log.includes('same'), { timeout: WATCHDOG_MS })
    expect(log).toEqual(['other', 'end', 'same'])
  })

  it("fails with the cause when the folder can't be created", async () => {
    mkdirSync(root)
    writeFileSync(dirname(credentialsPath), '')
    await expect(store().lock(async () => 'never')).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'write_failed',
      message: `The folder ${dirname(credentialsPath)} can't be created (EEXIST)`,
      cause: { code: 'EEXIST' },
    })
  })
})

type Json = Record<string, unknown>

function store(): ProfileStore {
  return createProfileStore({ profile: 'work', configDir: root })
}

function tokens(different: Partial<TokenSetJson> = {}): TokenSet {
  return TokenSet.fromJSON({ ...full, ...different })
}

/** Returns the errors of `load()` and `save()`. */
async function outcomes(refusing: TokenStore): Promise<unknown[]> {
  const results = await Promise.allSettled([
    refusing.load(),
    refusing.save(tokens({ accessToken: 'second' })),
  ])
  return results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : 'it succeeded'))
}

function writeConfig(content: string | object): void {
  write(configPath, content)
}

function writeCredentials(content: string | object): void {
  write(credentialsPath, content)
}

function write(path: string, content: string | object): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 })
}

function readJson(path: string): Json {
  return JSON.parse(readFileSync(path, 'utf8')) as Json
}

/** Makes a file belong to another user. Only root can do that; anyone else acts as another user instead. */
function giveAway(path: string): void {
  const own = process.getuid?.() ?? 0
  if (own === 0) chownSync(path, 65_534, 65_534)
  else vi.spyOn(process, 'getuid').mockReturnValue(own + 1)
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).toSorted()
}

describe('createProfileStore().clientConfig()', () => {
  it('returns the configuration of a client at the hosts of the profile', async () => {
    writeConfig({
      authentication: {
        type: 'user_oauth',
        client_id: 'client-1',
        scope: 'user:profile user:inference',
        console_url: 'https://console.example/',
      },
      base_url: 'https://api.example',
    })
    const { clientId, scopes, endpoints } = new OAuthClient(await store().clientConfig()).config
    expect([clientId, scopes]).toEqual(['client-1', ['user:profile', 'user:inference']])
    expect(endpoints).toEqual({
      authorize: {
        max: 'https://console.example/cai/oauth/authorize',
        console: 'https://console.example/oauth/authorize',
      },
      codePage: 'https://console.example/oauth/code/callback',
      token: 'https://api.example/v1/oauth/token',
      revoke: 'https://api.example/v1/oauth/token/revoke',
      apiKey: 'https://api.example/api/oauth/claude_cli/create_api_key',
      profile: 'https://api.example/api/oauth/profile',
    })
  })

  it('returns the default client at the default hosts for a profile without settings', async () => {
    const { config } = new OAuthClient(await store().clientConfig())
    expect(config).toEqual(new OAuthClient({ endpoints: platformApiEndpoints }).config)
  })

  it('prefers the options to the profile, and uses one host on loopback for both', async () => {
    const options = {
      profile: 'work',
      configDir: root,
      baseUrl: 'http://127.0.0.1:8484',
      scopes: ['user:profile'],
    }
    writeConfig({
      base_url: 'https://api.example',
      authentication: { console_url: 'https://console.example' },
    })
    const { scopes, endpoints } = new OAuthClient(await createProfileStore(options).clientConfig()).config
    expect([scopes, endpoints.token, endpoints.codePage]).toEqual([
      ['user:profile'],
      'http://127.0.0.1:8484/v1/oauth/token',
      'http://127.0.0.1:8484/oauth/code/callback',
    ])
  })

  it('works with a provider from the first login on, at a host that the options name', async () => {
    const emulator = await startTestEmulator()
    const first = createProfileStore({ profile: 'work', configDir: root, baseUrl: emulator.url })
    const client = new OAuthClient(await first.clientConfig())
    const provider = createTokenProvider(client, { store: first })
    await expect(provider()).rejects.toMatchObject({ code: 'reauthentication_required' })
    const flow = client.startFlow('console')
    await provider.setTokens(await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow))
    const { token } = await provider({ forceRefresh: true })
    expect(await first.load()).toMatchObject({ accessToken: token })
    expect(await store().load()).toMatchObject({ accessToken: token })
  })

  it('makes the store refuse to load and to save a login to another server', async () => {
    const own = createProfileStore({ profile: 'work', configDir: root })
    await own.save(tokens())
    await own.clientConfig()
    expect(await own.load()).not.toBeNull()
    await createProfileStore({ profile: 'work', configDir: root, baseUrl: 'https://b.example' }).save(
      tokens(),
    )
    const changed = { code: 'store_failed', reason: 'profile_changed' }
    await expect(own.load()).rejects.toMatchObject(changed)
    await expect(own.save(tokens())).rejects.toMatchObject(changed)
    await own.clientConfig()
    expect(await own.load()).not.toBeNull()
  })

  it("names the setting that isn't a host", async () => {
    writeConfig({ base_url: 'http://api.example' })
    await expect(store().clientConfig()).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining("base_url of profile 'work'"),
    })
  })
})

describe('createProfileStore(), with a polluted Object.prototype', () => {
  it('reads nothing from it: neither an option nor a setting of a file', async () => {
    writeConfig({ authentication: { type: 'user_oauth' } })
    await store().save(tokens())
    const run = async (names: readonly string[]): Promise<unknown> => {
      const { output, problem } = await startProgram('polluted-process.ts', [root, names.join(',')]).ended
      expect(problem).toBe('')
      return JSON.parse(output)
    }
    const members = ['base_url', 'client_id', 'console_url', 'scope', 'credentials_path', 'organization_id']
    const options = ['baseUrl', 'clientId', 'consoleUrl', 'scopes', 'workspaceId', 'endpoints', 'token']
    const credentials = ['access_token', 'refresh_token', 'expires_at', 'organization_uuid', 'account_email']
    expect(await run([...members, ...options, ...credentials])).toEqual(await run(['unrelated']))
  })
})
