import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import fs, { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createTokenProvider, OAuthClient, TokenSet, type TokenSetJson } from '@anthropic-auth/core'
import { beforeEach, describe, expect, it, vi, afterEach } from 'vitest'
import { profilePath, readProfile, writeProfile } from '../test/profile-on-disk.ts'
import { refusalsOf } from '../test/refusals.ts'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'
import { listProfiles } from './profile-list.ts'
import {
  createProfileStore,
  openStoredProfile,
  type ProfileStore,
  type ProfileStoreOptions,
} from './profile-store.ts'

const HOST = 'https://auth.example.com'
const OTHER = 'https://other.example.com'
const LOGIN = 'anthropic-auth login --profile work'

let configDir: string

beforeEach(() => {
  configDir = join(temporaryFolder(), 'anthropic')
})

afterEach(() => {
  vi.useRealTimers()
})

function open(options: Omit<ProfileStoreOptions, 'profile' | 'configDir'> = {}): ProfileStore {
  return createProfileStore({ profile: 'work', configDir, ...options })
}

function tokensOf(n: number, changes: Partial<TokenSetJson> = {}): TokenSet {
  return TokenSet.fromJSON({
    accessToken: `access-${n}`,
    refreshToken: `refresh-${n}`,
    expiresAt: 1_900_000_000,
    ...changes,
  })
}

function credentials(): Readonly<Record<string, unknown>> {
  return readProfile(configDir, 'credentials', 'work')
}

/** Changes the credentials like a program that keeps unknown keys, such as the official SDK. */
function writeAsOther(change: object): void {
  writeProfile(configDir, 'credentials', { ...credentials(), ...change }, 'work')
}

function markPath(): string {
  return `${profilePath(configDir, 'credentials', 'work')}.ended`
}

function readMark(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(markPath(), 'utf8')) as Readonly<Record<string, unknown>>
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

async function markEnded(tokens: TokenSet): Promise<void> {
  const store = open()
  await store.lock(async () => {
    await store.prepareSave()
    await store.markEnded(tokens)
  })
}

describe('createProfileStore().markEnded()', () => {
  it('writes the instant into a file of its own, and neither the tokens nor the credentials file', async () => {
    await open().save(tokensOf(1))
    const before = readFileSync(profilePath(configDir, 'credentials', 'work'), 'utf8')
    await markEnded(tokensOf(1))
    expect(readFileSync(profilePath(configDir, 'credentials', 'work'), 'utf8')).toBe(before)
    const mark = readMark()
    expect(mark).toEqual({
      ended_at: expect.closeTo(nowSeconds(), -2) as number,
      login: expect.stringMatching(/^[\w-]{22}$/) as string,
    })
    expect((await open().load())?.refreshTokenExpiresAt).toBe(mark['ended_at'])
    expect(await open().hasEnded(tokensOf(1))).toBe(true)
    expect(await open().hasEnded(tokensOf(2))).toBe(false)
    expect(await listProfiles({ configDir })).toEqual(['work'])
  })

  it('works outside the lock, too', async () => {
    await open().save(tokensOf(1))
    await open().markEnded(tokensOf(1))
    expect(await open().hasEnded(tokensOf(1))).toBe(true)
  })

  it('changes nothing when the file holds another refresh token, or none', async () => {
    await open().markEnded(tokensOf(1))
    expect(await open().isEmpty()).toBe(true)
    await open().save(tokensOf(2))
    await markEnded(tokensOf(1))
    expect(existsSync(markPath())).toBe(false)
    expect(await open().hasEnded(tokensOf(2))).toBe(false)
  })

  it('keeps what another program writes at the same moment', async () => {
    await open().save(tokensOf(1))
    const { rename } = fs
    const renaming = vi.spyOn(fs, 'rename').mockImplementationOnce(async (...paths) => {
      writeAsOther({ access_token: 'access-7', refresh_token: 'refresh-7', other_program_key: 1 })
      return rename(...paths)
    })
    await markEnded(tokensOf(1)).finally(() => renaming.mockRestore())
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-7', refreshTokenExpiresAt: null })
    expect(credentials()).toMatchObject({ other_program_key: 1 })
  })

  it('ends with a save of new tokens, and with a logout', async () => {
    await open().save(tokensOf(1))
    await markEnded(tokensOf(1))
    await open().save(tokensOf(2))
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-2', refreshTokenExpiresAt: null })
    expect(existsSync(markPath())).toBe(false)
    await markEnded(tokensOf(2))
    await open().remove()
    expect(existsSync(markPath())).toBe(false)
  })

  it.each([
    ['another refresh token', { access_token: 'access-7', refresh_token: 'refresh-7' }],
    ['another access token for the same refresh token', { access_token: 'access-7' }],
  ])('means nothing once another program has written %s', async (_what, change) => {
    await open().save(tokensOf(1))
    await markEnded(tokensOf(1))
    writeAsOther(change)
    const tokens = await open().load()
    expect(tokens).toMatchObject({ accessToken: 'access-7', refreshTokenExpiresAt: null })
    expect(await open().hasEnded(tokens ?? tokensOf(1))).toBe(false)
  })

  it('means nothing for another client or host, which may have been the reason of the refusal', async () => {
    await open().save(tokensOf(1))
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth', client_id: 'wrong' } }, 'work')
    await markEnded(tokensOf(1))
    expect(await open().hasEnded(tokensOf(1))).toBe(true)
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth' } }, 'work')
    expect(await open().hasEnded(tokensOf(1))).toBe(false)
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-1', refreshTokenExpiresAt: null })
  })

  it('gives an end in the past although the clock was set back since', async () => {
    await open().save(tokensOf(1))
    await markEnded(tokensOf(1))
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 })
    expect(await open().load()).toMatchObject({ refreshTokenExpiresAt: 1_700_000_000 })
  })

  it.each([{ ended_at: 'yesterday' }, { ended_at: -1 }, { login: 5 }, '', '[]', 'x'])(
    'ignores a mark with %j',
    async (change) => {
      await open().save(tokensOf(1))
      await markEnded(tokensOf(1))
      const text = typeof change === 'string' ? change : JSON.stringify({ ...readMark(), ...change })
      writeFileSync(markPath(), text)
      expect(await open().load()).toMatchObject({ refreshToken: 'refresh-1', refreshTokenExpiresAt: null })
    },
  )

  it('keeps the refused token from the server in the next process', async () => {
    const emulator = await startTestEmulator()
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    const flow = client.startFlow('console')
    const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
    await open({ baseUrl: emulator.apiUrl }).save(tokens)
    emulator.endLogins()
    const refusals: unknown[] = []
    for (let times = 1; times <= 2; times += 1) {
      const provider = createTokenProvider(client, { store: open() })
      refusals.push(...(await refusalsOf(provider({ forceRefresh: true }))))
    }
    expect(refusals).toMatchObject([
      { code: 'reauthentication_required', error: 'invalid_grant' },
      { code: 'reauthentication_required', reason: 'refused_before' },
    ])
    expect(emulator.requests.filter(({ path }) => path === '/v1/oauth/token')).toHaveLength(2)
  })
})

describe('the end of a login', () => {
  it('counts as unknown if it has passed and another program has logged in', async () => {
    const end = nowSeconds() + 3600
    await open().save(tokensOf(1, { refreshTokenExpiresAt: end }))
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 * (end + 60) })
    expect(await open().load()).toMatchObject({ refreshTokenExpiresAt: end })
    writeAsOther({ access_token: 'access-7', refresh_token: 'refresh-7' })
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-7', refreshTokenExpiresAt: null })
  })

  it.each([3600, -3600])(
    'counts as unknown, and is not saved again, for tokens of another program: %i s',
    async (seconds) => {
      await open().save(tokensOf(1, { refreshTokenExpiresAt: nowSeconds() + seconds }))
      writeAsOther({ access_token: 'access-7', refresh_token: 'refresh-7', expires_at: 1_900_000_001 })
      expect(await open().load()).toMatchObject({ refreshToken: 'refresh-7', refreshTokenExpiresAt: null })
      await open().save(tokensOf(8))
      expect(credentials()).not.toHaveProperty('refresh_token_expires_at')
    },
  )

  it('is kept through a refresh that does not repeat it', async () => {
    const end = nowSeconds() + 3600
    await open().save(tokensOf(1, { refreshTokenExpiresAt: end, expiresAt: null }))
    expect(await open().load()).toMatchObject({ refreshTokenExpiresAt: end })
    await open().save(tokensOf(2))
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-2', refreshTokenExpiresAt: end })
  })
})

describe('the host of a login', () => {
  /** Removes the config file, like a user who follows the hint for a damaged file. */
  async function loseConfig(): Promise<void> {
    await rm(profilePath(configDir, 'configs', 'work'))
  }

  it('is remembered with the tokens', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    expect(credentials()).toMatchObject({
      login_base_url: HOST,
      login_token_digest: 'vUc-Xc3OJRDC308MWlSmBQ',
    })
    await open({ baseUrl: null }).save(tokensOf(2))
    expect(credentials()).toHaveProperty('login_base_url', 'https://api.anthropic.com')
    await open().save(tokensOf(3))
    expect(credentials()).toHaveProperty('login_base_url', 'https://api.anthropic.com')
  })

  it('is the default one for tokens of the client that the profile configures', async () => {
    const store = open()
    await store.clientConfig()
    await store.save(tokensOf(1))
    expect(credentials()).toHaveProperty('login_base_url', 'https://api.anthropic.com')
  })

  it('is not known for tokens of which nobody has told it', async () => {
    await open().save(tokensOf(1))
    expect(credentials()).not.toHaveProperty('login_base_url')
    await open({ baseUrl: null }).save(tokensOf(2))
    writeAsOther({ access_token: 'access-7', refresh_token: 'refresh-7' })
    await open().save(tokensOf(3))
    expect(credentials()).not.toHaveProperty('login_base_url')
  })

  it('protects the tokens of the default host from a config that was changed by hand', async () => {
    await open({ baseUrl: null }).save(tokensOf(1))
    writeProfile(configDir, 'configs', { base_url: OTHER }, 'work')
    const refusals = await refusalsOf(open().load())
    expect(refusals).toMatchObject([
      {
        reason: 'other_host',
        message: `The tokens of profile 'work' belong to https://api.anthropic.com, but its settings name ${OTHER}`,
        hint: `To keep https://api.anthropic.com, run: ${LOGIN} --base-url https://api.anthropic.com\nTo use ${OTHER}, run: ${LOGIN} --base-url ${OTHER}`,
      },
    ])
    expect(await open({ baseUrl: null }).load()).toMatchObject({ refreshToken: 'refresh-1' })
  })

  it.each([
    ['tokens of the same host', { host: OTHER, movedFrom: null }, OTHER],
    ['tokens that the user moves', { host: OTHER, movedFrom: HOST }, HOST],
  ])('lets a host that the user names have %s', async (_what, target, issuer) => {
    await open({ baseUrl: issuer }).save(tokensOf(1))
    const moved = openStoredProfile({ profile: 'work', configDir })
    moved.sendTo(target)
    expect(await moved.load()).toMatchObject({ refreshToken: 'refresh-1' })
  })

  it.each([null, HOST])(
    'keeps the tokens of a later login from a host that the user names',
    async (movedFrom) => {
      await open({ baseUrl: null }).save(tokensOf(1))
      const moved = openStoredProfile({ profile: 'work', configDir })
      moved.sendTo({ host: OTHER, movedFrom })
      expect(await refusalsOf(moved.load())).toMatchObject([
        {
          reason: 'other_host',
          message: `The tokens of profile 'work' belong to https://api.anthropic.com, but this command would send them to ${OTHER}`,
          hint: 'Run the command again.',
        },
      ])
    },
  )

  it('is not known with the consent page of another host', async () => {
    const consoleUrl = 'https://console.example.com'
    await open({ baseUrl: HOST, consoleUrl }).save(tokensOf(1))
    const moved = openStoredProfile({ profile: 'work', configDir })
    moved.sendTo({ host: OTHER, movedFrom: HOST })
    await moved.save(tokensOf(2))
    expect(credentials()).toMatchObject({ login_base_url: OTHER })
    expect(credentials()).not.toHaveProperty('login_console_url')
  })

  it('has its consent page in the command that logs in again', async () => {
    const consoleUrl = 'https://console.example.com'
    await open({ baseUrl: HOST, consoleUrl }).save(tokensOf(1))
    await open().save(tokensOf(2))
    await loseConfig()
    expect(await refusalsOf(open().load())).toMatchObject([
      { hint: `Run: ${LOGIN} --base-url ${HOST} --console-url ${consoleUrl}` },
    ])
  })

  it('protects the tokens from the default host when the config is lost', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    await loseConfig()
    const store = open()
    const [loading, leftovers] = await refusalsOf(store.load(), open().load())
    expect(loading).toMatchObject({
      code: 'store_failed',
      reason: 'other_host',
      message: `The tokens of profile 'work' belong to ${HOST}, but its settings name no host, so they would be sent to https://api.anthropic.com`,
      hint: `Run: ${LOGIN} --base-url ${HOST}`,
    })
    expect(leftovers).toMatchObject({ reason: 'other_host' })
  })

  it('protects the tokens from another host that the config names', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    writeProfile(configDir, 'configs', { base_url: OTHER, authentication: { client_id: 'mine' } }, 'work')
    const [refusal] = await refusalsOf(open().load())
    expect(refusal).toMatchObject({
      code: 'store_failed',
      reason: 'other_host',
      message: `The tokens of profile 'work' belong to ${HOST}, but its settings name ${OTHER}`,
      hint: `To keep ${HOST}, run: ${LOGIN} --base-url ${HOST} --client-id mine\nTo use ${OTHER}, run: ${LOGIN} --base-url ${OTHER} --client-id mine`,
    })
  })

  it.each([12, { a: 1 }, [], null, true, '', 'x', 'https://a.example; echo', 'https://user:pass@a.example'])(
    'must be readable: %j',
    async (host) => {
      await open({ baseUrl: HOST }).save(tokensOf(1))
      writeAsOther({ login_base_url: host })
      expect(await refusalsOf(open().load())).toMatchObject([
        {
          code: 'store_failed',
          reason: 'corrupt_file',
          message: expect.stringMatching(/has a login_base_url that is not the URL of a host$/) as string,
        },
      ])
    },
  )

  it('is quoted in a command where a shell would read it in another way', async () => {
    const odd = 'https://auth.example.com/$(echo)'
    await open({ baseUrl: odd }).save(tokensOf(1))
    writeProfile(configDir, 'configs', {}, 'work')
    expect(await refusalsOf(open().load())).toMatchObject([
      { reason: 'other_host', hint: `Run: ${LOGIN} --base-url '${odd}'` },
    ])
  })

  it('with 400,000 slashes is refused in a moment', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    writeAsOther({ login_base_url: `https://x.example/${'/'.repeat(400_000)}a` })
    expect(await refusalsOf(open().load())).toMatchObject([{ reason: 'corrupt_file' }])
  })

  it('may be spelled in another way', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    writeProfile(configDir, 'configs', { base_url: 'https://AUTH.example.com:443/' }, 'work')
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-1' })
  })

  it('may be named by the program itself', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    await loseConfig()
    expect(await open({ baseUrl: HOST }).load()).toMatchObject({ refreshToken: 'refresh-1' })
    const [refusal] = await refusalsOf(open({ baseUrl: OTHER }).load())
    expect(refusal).toMatchObject({ reason: 'other_host' })
  })

  it('is unknown once another program has logged in', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    await loseConfig()
    writeAsOther({ access_token: 'access-7', refresh_token: 'refresh-7' })
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-7' })
    // A mark for the new tokens must not bring the old host back.
    await markEnded(tokensOf(7))
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-7' })
  })

  it('is also that of tokens without a refresh token', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1, { refreshToken: null }))
    await loseConfig()
    const [refusal] = await refusalsOf(open().load())
    expect(refusal).toMatchObject({ reason: 'other_host' })
  })

  it('is replaced by a new login', async () => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    await loseConfig()
    const store = open({ baseUrl: OTHER })
    await store.lock(async () => {
      await store.prepareSave()
      await store.save(tokensOf(2))
    })
    expect(await open().load()).toMatchObject({ refreshToken: 'refresh-2' })
    expect(credentials()).toMatchObject({ login_base_url: OTHER })
  })

  it('sends nothing to the default host, whatever a program asks for', async () => {
    const emulator = await startTestEmulator()
    await open({ baseUrl: HOST }).save(tokensOf(1, { expiresAt: 1 }))
    await loseConfig()
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    const provider = createTokenProvider(client, { store: open() })
    const refusals = await refusalsOf(provider(), provider({ forceRefresh: true }))
    expect(refusals).toMatchObject([{ reason: 'other_host' }, { reason: 'other_host' }])
    expect(emulator.requests).toEqual([])
  })
})

describe('the mode of a login', () => {
  it('is remembered with the tokens, unless it is the default one', async () => {
    await open({ mode: 'max' }).save(tokensOf(1))
    expect(credentials()).toHaveProperty('login_mode', 'max')
    const saved = readFileSync(profilePath(configDir, 'credentials', 'work'), 'utf8')
    await open().save(tokensOf(1))
    expect(readFileSync(profilePath(configDir, 'credentials', 'work'), 'utf8')).toBe(saved)
    await open({ mode: 'console' }).save(tokensOf(2))
    expect(credentials()).not.toHaveProperty('login_mode')
  })

  it('outlives the config, a refresh and the end of the login', async () => {
    await open({ mode: 'max' }).save(tokensOf(1))
    await rm(profilePath(configDir, 'configs', 'work'))
    await open().save(tokensOf(2))
    writeAsOther({ access_token: 'access-3', refresh_token: 'refresh-3' })
    await markEnded(tokensOf(3))
    expect(credentials()).toHaveProperty('login_mode', 'max')
    expect(await open().describe()).toMatchObject({ mode: 'max' })
  })

  it('is unknown for the tokens of another account', async () => {
    const account = (email: string): Partial<TokenSetJson> => ({ account: { id: 'a', email } })
    await open({ mode: 'max' }).save(tokensOf(1, account('one@example.com')))
    await rm(profilePath(configDir, 'configs', 'work'))
    await open().save(tokensOf(2, account('two@example.com')))
    expect(await open().describe()).toMatchObject({ mode: null })
  })

  it('is in the command that keeps the host of the tokens', async () => {
    await open({ baseUrl: HOST, mode: 'max' }).save(tokensOf(1))
    await rm(profilePath(configDir, 'configs', 'work'))
    const [refusal] = await refusalsOf(open().load())
    expect(refusal).toMatchObject({ hint: `Run: ${LOGIN} --base-url ${HOST} --mode max` })
  })
})

describe('the hint for a damaged profile', () => {
  it.each([
    ['{', 'is not a JSON object'],
    ['', 'is empty or blank'],
  ])('names the login command and what is lost, for the config %j', async (content, message) => {
    await open({ baseUrl: HOST }).save(tokensOf(1))
    writeProfile(configDir, 'configs', content, 'work')
    const [refusal] = await refusalsOf(open().load())
    expect(refusal).toMatchObject({ reason: 'corrupt_file', message: expect.stringContaining(message) })
    expect(
      String((refusal as { hint: string }).hint)
        .split('\n')
        .slice(1),
    ).toEqual([
      `To log in, run: ${LOGIN} --base-url ${HOST}`,
      'The settings in this file are lost with a new login. If the file named a client, add --client-id.',
    ])
  })

  it('names the mode, also for the default host', async () => {
    await open({ mode: 'max' }).save(tokensOf(1))
    writeProfile(configDir, 'configs', '{', 'work')
    const [refusal] = await refusalsOf(open().load())
    expect(
      String((refusal as { hint: string }).hint)
        .split('\n')
        .slice(1),
    ).toEqual([
      `To log in, run: ${LOGIN} --mode max`,
      'The settings in this file are lost with a new login. If the file named a client, add --client-id.',
    ])
  })

  it('names all settings when the host is not known', async () => {
    await open().save(tokensOf(1))
    writeProfile(configDir, 'configs', '{', 'work')
    const [refusal] = await refusalsOf(open().load())
    expect(String((refusal as { hint: string }).hint).split('\n')).toEqual([
      expect.stringMatching(
        /^Repair the file, or log in again after you run: mv '.*work\.json' '.*work\.json\.damaged'$/,
      ),
      `To log in, run: ${LOGIN}`,
      'The settings in this file are lost with a new login. If the file named a host, a mode or a client, add --base-url, --mode or --client-id.',
    ])
  })

  it.each(['load', 'prepareSave'] as const)(
    'names the login command for the credentials, in %s()',
    async (name) => {
      await open().save(tokensOf(1))
      writeProfile(configDir, 'credentials', '{', 'work')
      const [refusal] = await refusalsOf(open()[name]())
      expect(String((refusal as { hint: string }).hint).split('\n')).toEqual([
        expect.stringMatching(/^Repair the file, or log in again after you run: mv /),
        `To log in, run: ${LOGIN}`,
      ])
    },
  )

  it('names the command of ant for its profile', async () => {
    await open().save(tokensOf(1))
    const client_id = '41077d10-94b8-4194-be48-d251e9eb21b4'
    writeProfile(configDir, 'configs', { authentication: { client_id } }, 'work')
    writeProfile(configDir, 'credentials', '{', 'work')
    const [refusal] = await refusalsOf(open().load())
    expect((refusal as { hint: string }).hint).toMatch(/\nTo log in, run: ant auth login --profile work$/)
  })
})
