import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { listProfiles } from './profile-list.ts'
import { createProfileStore } from './profile-store.ts'

const VARIABLES = [
  'ANTHROPIC_CONFIG_DIR',
  'ANTHROPIC_PROFILE',
  'APPDATA',
  'USERPROFILE',
  'XDG_CONFIG_HOME',
  'HOME',
]

let home: string

beforeEach(() => {
  home = temporaryFolder()
  for (const name of VARIABLES) vi.stubEnv(name, undefined)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('createProfileStore(), the folder', () => {
  it('is the given one, before all others', async () => {
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', join(home, 'variable'))
    leaveToken(join(home, 'given'), 'default')
    expect(await load({ configDir: join(home, 'given') })).toBe('default')
  })

  it('is $ANTHROPIC_CONFIG_DIR itself, before those of the system', async () => {
    vi.stubEnv('XDG_CONFIG_HOME', join(home, 'xdg'))
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', ` ${join(home, 'variable')} `)
    leaveToken(join(home, 'variable'), 'default')
    expect(await load()).toBe('default')
  })

  it('is the default folder of the system', async () => {
    vi.stubEnv('HOME', home)
    leaveToken(join(home, '.config', 'anthropic'), 'default', 'home')
    expect(await load()).toBe('home')
    vi.stubEnv('XDG_CONFIG_HOME', join(home, 'xdg'))
    leaveToken(join(home, 'xdg', 'anthropic'), 'default', 'xdg')
    expect(await load()).toBe('xdg')
  })

  it('is the default folder of the system on Windows', async () => {
    stubPlatform('win32')
    vi.stubEnv('HOME', join(home, 'no'))
    vi.stubEnv('USERPROFILE', home)
    leaveToken(join(home, 'AppData', 'Roaming', 'Anthropic'), 'default', 'user-profile')
    expect(await load()).toBe('user-profile')
    vi.stubEnv('APPDATA', join(home, 'data'))
    leaveToken(join(home, 'data', 'Anthropic'), 'default', 'app-data')
    expect(await load()).toBe('app-data')
  })

  it.each(['x', './x', '../x', '~/x', '~', ''])('is refused when it is relative: %j', async (folder) => {
    vi.stubEnv('HOME', home)
    const refusal = expect.objectContaining({ code: 'invalid_config', reason: 'configDir' })
    await expect(async () => load({ configDir: folder })).rejects.toEqual(refusal)
    if (folder === '') return
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', folder)
    await expect(load()).rejects.toEqual(refusal)
    await expect(listProfiles()).rejects.toEqual(refusal)
  })

  it('is named as a whole path in the hint', async () => {
    vi.stubEnv('HOME', home)
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', '~/secrets')
    await expect(load()).rejects.toMatchObject({
      message: 'ANTHROPIC_CONFIG_DIR is not an absolute path: "~/secrets"',
      hint: expect.stringContaining(`such as ${join(home, 'secrets')}.`),
    })
  })

  it('is not below a relative folder of the system', async () => {
    vi.stubEnv('HOME', home)
    leaveToken(join(home, '.config', 'anthropic'), 'default', 'home')
    vi.stubEnv('XDG_CONFIG_HOME', './config')
    expect(await load()).toBe('home')
    vi.stubEnv('XDG_CONFIG_HOME', undefined)
    vi.stubEnv('HOME', './home')
    await expect(load()).rejects.toMatchObject({ code: 'invalid_config', reason: 'configDir' })
  })

  it('must be given when the system has none', async () => {
    for (const platform of ['linux', 'win32'] as const) {
      stubPlatform(platform)
      await expect(load()).rejects.toMatchObject({ code: 'invalid_config', reason: 'configDir' })
    }
    expect(() => createProfileStore({ configDir: '' })).toThrow(
      expect.objectContaining({ code: 'invalid_config' }),
    )
  })
})

describe('createProfileStore(), the profile', () => {
  beforeEach(() => {
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', home)
    for (const profile of ['given', 'variable', 'active', 'default']) leaveToken(home, profile)
  })

  it('is the given one, else $ANTHROPIC_PROFILE, else the active one, else `default`', async () => {
    expect(await load()).toBe('default')
    writeFileSync(join(home, 'active_config'), ' \n')
    expect(await load()).toBe('default')
    writeFileSync(join(home, 'active_config'), 'active\n')
    expect(await load()).toBe('active')
    vi.stubEnv('ANTHROPIC_PROFILE', '')
    expect(await load()).toBe('active')
    vi.stubEnv('ANTHROPIC_PROFILE', 'variable')
    expect(await load({ profile: undefined, configDir: undefined })).toBe('variable')
    expect(await load({ profile: 'given' })).toBe('given')
  })

  it('stays the one of the first call, so that a login is never saved into another one', async () => {
    const store = createProfileStore()
    expect(await store.load()).toMatchObject({ accessToken: 'default' })
    writeFileSync(join(home, 'active_config'), 'active')
    expect(await store.load()).toMatchObject({ accessToken: 'default' })
    expect(await load()).toBe('active')
  })

  it('is looked up again after a failed attempt', async () => {
    vi.stubEnv('ANTHROPIC_PROFILE', '../x')
    const store = createProfileStore()
    await expect(store.load()).rejects.toMatchObject({ code: 'invalid_config', reason: 'profile' })
    vi.stubEnv('ANTHROPIC_PROFILE', 'variable')
    expect(await store.load()).toMatchObject({ accessToken: 'variable' })
  })

  it.each(['', '.', '..', '../x', 'a/b', String.raw`a\b`, 'a b', 'a\n', 'a\0', 'ä', 'a:b', '%2e%2e'])(
    'is refused when its name is %o',
    async (name) => {
      expect(() => createProfileStore({ profile: name })).toThrow(
        expect.objectContaining({ code: 'invalid_config', reason: 'profile' }),
      )
      if (name === '' || name.trim() !== name || name.includes('\0')) return
      writeFileSync(join(home, 'active_config'), name)
      await expect(load()).rejects.toMatchObject({
        code: 'invalid_config',
        message: expect.stringContaining(join(home, 'active_config')),
      })
      vi.stubEnv('ANTHROPIC_PROFILE', name)
      await expect(load()).rejects.toMatchObject({
        code: 'invalid_config',
        message: expect.stringContaining('ANTHROPIC_PROFILE'),
      })
    },
  )

  it.each(['work', 'A-1_b.c', '...', '.hidden'])('may be named %s', (name) => {
    expect(() => createProfileStore({ profile: name })).not.toThrow()
  })

  it("fails when the file of the active one can't be read", async () => {
    mkdirSync(join(home, 'active_config'))
    await expect(load()).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'read_failed',
      cause: { code: 'EISDIR' },
    })
  })
})

async function load(options?: Parameters<typeof createProfileStore>[0]): Promise<string | undefined> {
  return (await createProfileStore(options).load())?.accessToken
}

function leaveToken(root: string, profile: string, accessToken: string = profile): void {
  mkdirSync(join(root, 'credentials'), { recursive: true })
  const text = JSON.stringify({ access_token: accessToken })
  writeFileSync(join(root, 'credentials', `${profile}.json`), text, { mode: 0o600 })
}

function stubPlatform(platform: NodeJS.Platform): void {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
}
