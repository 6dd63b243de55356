import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { TokenSet } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mountMemory, skipUnlessRoot } from '../../test/mounts.ts'
import { refusalsOf } from '../../test/refusals.ts'
import { STRANGER, callStore } from '../../test/store-calls.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { createProfileStore, type ProfileStore } from '../profile-store.ts'

let root: string
let path: string

beforeEach(() => useRoot(join(temporaryFolder(), 'anthropic')))

afterEach(() => vi.unstubAllEnvs())

describe.skipIf(process.platform === 'win32')('the folders of a store', { timeout: 60_000 }, () => {
  it.each([0, 0o002, 0o077, 0o277, 0o777])(
    'are created with mode 0700 when the umask is %o',
    async (umask) => {
      const configDir = join(root, 'some', 'levels')
      const outcomes = await callStore({
        umask,
        options: { profile: 'work', configDir },
        methods: ['lock', 'save', 'load'],
      })
      expect(outcomes).toMatchObject([
        { result: null },
        { result: null },
        { result: { accessToken: 'saved' } },
      ])
      for (const folder of [
        root,
        join(root, 'some'),
        configDir,
        join(configDir, 'configs'),
        join(configDir, 'credentials'),
      ]) {
        expect([folder, modeOf(folder)]).toEqual([folder, 0o700])
      }
      expect(modeOf(join(configDir, 'credentials', 'work.json'))).toBe(0o600)
    },
  )

  it.for([0o277, 0o777])(
    'can be used by a user other than root when the umask is %o',
    async (umask, context) => {
      skipUnlessRoot(context)
      chmodSync(dirname(root), 0o777)
      const calls = { uid: STRANGER, umask, options: { profile: 'work', configDir: root } }
      await callStore({ ...calls, methods: ['lock', 'save'] })
      expect(await callStore({ ...calls, methods: ['load'] })).toMatchObject([
        { result: { accessToken: 'saved' } },
      ])
    },
  )

  it.each(['.', 'configs', 'credentials'])('are checked even if there is no file yet: %s', async (name) => {
    for (const folder of ['configs', 'credentials']) mkdirSync(join(root, folder), { recursive: true })
    chmodSync(join(root, name), 0o775)
    const refusal = { reason: 'unsafe_file', message: expect.stringContaining(join(root, name)) }
    await expect(store().prepareSave()).rejects.toMatchObject(refusal)
    await expect(store().save(tokens())).rejects.toMatchObject(refusal)
  })

  it('are named when they can’t be created', async (context) => {
    skipUnlessRoot(context)
    const home = temporaryFolder()
    chmodSync(home, 0o755)
    mkdirSync(join(home, '.config'), { mode: 0o755 })
    for (const [folder, missing] of [
      [join(home, 'missing'), join(home, 'missing')],
      [home, join(home, '.config', 'anthropic')],
    ] as const) {
      const env = { PATH: process.env['PATH'], HOME: folder }
      const outcomes = await callStore({ uid: STRANGER, methods: ['prepareSave', 'lock', 'save'] }, env)
      const error = {
        code: 'store_failed',
        reason: 'write_failed',
        message: `The folder ${missing} can't be created (EACCES)`,
        hint: expect.stringContaining('ANTHROPIC_CONFIG_DIR'),
      }
      expect(outcomes).toMatchObject([{ error }, { error }, { error }])
      expect(existsSync(missing)).toBe(false)
    }
  })
})

describe.skipIf(process.platform === 'win32')('ProfileStore.tightenFolders()', { timeout: 60_000 }, () => {
  it('removes only the write permission of the group and of others', async () => {
    await store().save(tokens())
    const folders = [join(root, 'configs'), root, join(root, 'credentials')]
    for (const [index, mode] of [0o775, 0o2777, 0o733].entries()) chmodSync(folders[index] ?? '', mode)
    await expect(store().load()).rejects.toMatchObject({ reason: 'unsafe_file' })
    expect((await store().tightenFolders()).toSorted()).toEqual(folders.toSorted())
    expect(folders.map((folder) => statSync(folder).mode & 0o7777)).toEqual([0o755, 0o2755, 0o711])
    expect(await store().load()).toMatchObject({ accessToken: 'a' })
    expect(await store().tightenFolders()).toEqual([])
  })

  it('makes a login possible in folders that were created with umask 002', async () => {
    for (const folder of ['configs', 'credentials']) mkdirSync(join(root, folder), { recursive: true })
    for (const folder of [root, join(root, 'configs'), join(root, 'credentials')]) chmodSync(folder, 0o775)
    await store().tightenFolders()
    await store().prepareSave()
    await store().save(tokens())
    expect(await store().load()).toMatchObject({ accessToken: 'a' })
  })

  it('does nothing when there are no folders, or in sticky folders', async () => {
    expect(await store().tightenFolders()).toEqual([])
    expect(existsSync(root)).toBe(false)
    await store().save(tokens())
    chmodSync(join(root, 'credentials'), 0o1777)
    expect(await store().tightenFolders()).toEqual([])
    expect(statSync(join(root, 'credentials')).mode & 0o7777).toBe(0o1777)
  })

  it('refuses a root with other files in it, and changes nothing', async () => {
    await store().save(tokens())
    writeFileSync(join(root, 'notes.txt'), '')
    for (const folder of [root, join(root, 'credentials')]) chmodSync(folder, 0o775)
    await expect(store().tightenFolders()).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'unsafe_file',
      message: `Other users of this machine can change what is in ${root}`,
      hint: `If you trust what it contains, run: chmod go-w '${root}'`,
    })
    expect([root, join(root, 'credentials')].map(modeOf)).toEqual([0o775, 0o775])
    chmodSync(root, 0o755)
    expect(await store().tightenFolders()).toEqual([join(root, 'credentials')])
  })

  it.each(['active_config', 'active_config.5d5e1f0c.tmp', 'active_config.lock'])(
    'tightens a root that holds %s',
    async (name) => {
      await store().save(tokens())
      writeFileSync(join(root, name), '')
      chmodSync(root, 0o775)
      expect(await store().tightenFolders()).toEqual([root])
    },
  )

  it('tightens the default root, whatever it holds', async () => {
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', undefined)
    vi.stubEnv('XDG_CONFIG_HOME', dirname(root))
    await store().save(tokens())
    writeFileSync(join(root, 'notes.txt'), '')
    chmodSync(root, 0o775)
    expect(await createProfileStore({ profile: 'work' }).tightenFolders()).toEqual([root])
    expect(modeOf(dirname(root))).not.toBe(0o755)
  })

  it.each(['.', 'credentials'])('follows no symbolic link: %s', async (name) => {
    const target = join(dirname(root), 'target')
    mkdirSync(join(target, 'credentials'), { recursive: true })
    if (name === '.') symlinkSync(target, root)
    else {
      mkdirSync(root, { mode: 0o755 })
      symlinkSync(target, join(root, name))
    }
    chmodSync(target, 0o775)
    await expect(store().tightenFolders()).rejects.toMatchObject({ reason: 'unsafe_file' })
    expect(modeOf(target)).toBe(0o775)
    chmodSync(target, 0o755)
    await store().prepareSave()
  })

  it('leaves the folder of a credentials_path unchanged, which the store refuses', async () => {
    const elsewhere = join(temporaryFolder(), 'mounted')
    mkdirSync(elsewhere)
    chmodSync(elsewhere, 0o775)
    mkdirSync(join(root, 'configs'), { recursive: true, mode: 0o700 })
    const credentialsPath = join(elsewhere, 'tokens.json')
    const config = JSON.stringify({
      authentication: { type: 'user_oauth', credentials_path: credentialsPath },
    })
    writeFileSync(join(root, 'configs', 'work.json'), config, { mode: 0o600 })
    expect(await store().tightenFolders()).toEqual([])
    await expect(store().prepareSave()).rejects.toMatchObject({
      reason: 'unsafe_file',
      hint: `If you trust what it contains, run: chmod go-w '${elsewhere}'`,
    })
    expect(modeOf(elsewhere)).toBe(0o775)
  })

  it('suggests a command that works for a volume that belongs to root and is open to all', async (context) => {
    skipUnlessRoot(context)
    const volume = mountMemory(64)
    chmodSync(volume, 0o777)
    const calls = {
      uid: STRANGER,
      methods: ['tightenFolders', 'prepareSave', 'lock', 'save', 'load'],
    } as const
    const env = { PATH: process.env['PATH'], ANTHROPIC_PROFILE: 'work' }
    const refused = await callStore(calls, { ...env, ANTHROPIC_CONFIG_DIR: volume })
    const error = {
      code: 'store_failed',
      reason: 'unsafe_file',
      message: `Other users of this machine can change what is in ${volume}`,
      hint: `You can't change that folder. To use your own folder inside it, run: export ANTHROPIC_CONFIG_DIR='${volume}/anthropic'`,
    }
    expect(refused.slice(0, 2)).toMatchObject([{ error }, { error }])
    rmSync(join(volume, 'credentials'), { recursive: true, force: true })
    const outcomes = await callStore(calls, { ...env, ANTHROPIC_CONFIG_DIR: join(volume, 'anthropic') })
    expect(outcomes.map(({ result, error: problem }) => problem ?? result)).toMatchObject([
      [],
      null,
      null,
      null,
      { accessToken: 'saved' },
    ])
    expect(modeOf(join(volume, 'anthropic'))).toBe(0o700)
    expect(statSync(volume).mode & 0o777).toBe(0o777)
  })

  it('suggests a command for a folder that belongs to another user', async (context) => {
    skipUnlessRoot(context)
    await store().save(tokens())
    chownSync(dirname(path), STRANGER, STRANGER)
    const refusals = await refusalsOf(store().tightenFolders(), store().load(), store().prepareSave())
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        reason: 'unsafe_file',
        message: `${dirname(path)} belongs to another user of this machine`,
        hint: 'To use a folder of your own, run: export ANTHROPIC_CONFIG_DIR="$HOME/.anthropic"',
      })
    }
    expect(readFileSync(path, 'utf8')).toContain('"a"')
  })
})

function useRoot(folder: string): void {
  root = folder
  path = join(root, 'credentials', 'work.json')
}

function store(): ProfileStore {
  return createProfileStore({ profile: 'work', configDir: root })
}

function tokens(): TokenSet {
  return TokenSet.fromJSON({ accessToken: 'a', refreshToken: 'r-a' })
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777
}
