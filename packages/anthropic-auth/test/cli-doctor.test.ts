import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { checkRuntime, OLDEST_NODE } from '../src/cli/doctor/runtime-check.ts'
import { replacedBy, digestOf, leftoverOf, bindingOf } from '@anthropic-auth/profile-store/internal'
import { startProgram } from '../../profile-store/test/child-program.ts'
import { before, diagnose, expectOnly } from './doctor-run.ts'
import { leaveDeadLock, leaveForeignLock, startHolder } from '../../profile-store/test/lock-leftovers.ts'
import { bindMount, fillUp, folderInMemory, skipUnlessRoot } from '../../profile-store/test/mounts.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { logInto, nameHost, profilePath, readProfile, type ToolLogin, writeProfile } from './tool-login.ts'
import { runTool, startTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const ANT = '41077d10-94b8-4194-be48-d251e9eb21b4'
const NOBODY = 65_534

/** Runs a remedy as the user would paste it: everything after the colon is the command. */
function paste(remedy: string | null | undefined): void {
  execFileSync('sh', ['-c', (remedy ?? '').replace(/^[^]*?: /, '')])
}

let login: ToolLogin
let configDir: string

beforeEach(async () => {
  login = await logInto()
  configDir = login.configDir
})

describe('anthropic-auth doctor', { timeout: WATCHDOG_MS }, () => {
  it('finds nothing when all is well, prints in a fixed order, and exits with 0', async () => {
    const { code, all, bad } = await diagnose({ configDir })
    expect([code, bad]).toEqual([0, []])
    expect(all.map(({ check }) => check)).toEqual([
      'runtime',
      'profiles_folder',
      'permissions',
      'profile',
      'config_file',
      'credentials_file',
      'temporary_files',
      'lock',
      'login',
      'environment',
      'proxy',
      'api_host',
      'console_host',
      'clock',
      'callback',
      'browser',
    ])
    expect(all.every(({ message, remedy }) => message !== '' && remedy === null)).toBe(true)
  })

  it('prints one line for each check, and its remedy at the end', async () => {
    const env = { ANTHROPIC_API_KEY: 'x', BROWSER: 'true' }
    const { code, stdout, stderr } = await runTool(['doctor'], { configDir, env })
    expect([code, stderr]).toEqual([0, 'Found 1 warning.\n'])
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(16)
    expect(lines[0]).toMatch(/^ok       Runtime {11}Node \d/)
    expect(lines[9]).toBe(
      'warning  Environment       ANTHROPIC_API_KEY is set, so the official SDKs use it and ignore this login. To use the login, run: unset ANTHROPIC_API_KEY',
    )
  })

  it('changes nothing, sends no token and shows none', async () => {
    writeFileSync(`${profilePath(configDir, 'credentials')}.x.probe`, '')
    await leaveDeadLock(`${profilePath(configDir, 'credentials')}.lock`)
    const state = stateOf(configDir)
    const sent = login.emulator.requests.length
    const env = { HTTPS_PROXY: 'http://person:proxy-secret@127.0.0.1:1', ANTHROPIC_AUTH_TOKEN: 'env-secret' }
    const { output } = await diagnose({ configDir, env }, ['--debug'])
    expect(stateOf(configDir)).toEqual(state)
    const { accessToken, refreshToken } = login.tokens
    for (const secret of [accessToken, refreshToken ?? '', 'proxy-secret', 'env-secret']) {
      expect(output).not.toContain(secret)
    }
    const requests = login.emulator.requests.slice(sent)
    expect(requests.map(({ method, path, body }) => `${method} ${path} ${body}`).toSorted()).toEqual([
      'GET /oauth/authorize ',
      'GET /v1/models ',
    ])
    for (const { headers } of requests) {
      expect(Object.keys(headers)).not.toContain('authorization')
      expect(JSON.stringify(headers)).not.toMatch(/secret|sk-ant/)
    }
  })

  it('exits with the code of its first problem', async () => {
    chmodSync(profilePath(configDir, 'credentials'), 0o644)
    const { code, bad } = await diagnose({ configDir, env: { HTTPS_PROXY: 'socks5://x' } })
    expect([code, bad.map(({ check }) => check)]).toEqual([8, ['credentials_file', 'proxy']])
  })

  it('ends at once when it is interrupted', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    // A second signal would kill it.
    server.once('request', () => tool.process.kill('SIGINT'))
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const tool = startTool(['doctor', '--base-url', url], { configDir })
    expect(await tool.ended).toMatchObject({ code: 130, stdout: '' })
  })
})

describe('anthropic-auth doctor, the runtime', { timeout: WATCHDOG_MS }, () => {
  it('names the oldest Node of package.json', () => {
    const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    expect(JSON.parse(manifest)).toMatchObject({ engines: { node: `>=${OLDEST_NODE}` } })
  })

  it.each([
    ['20.20.2', 'problem'],
    ['22.12.0', 'problem'],
    ['22.13.0', 'ok'],
    ['23.0.0', 'ok'],
    ['24.0.0', 'ok'],
  ])('finds Node %s: %s', (node, status) => {
    expect(checkRuntime({ node }).status).toBe(status)
  })

  it('does not judge Bun and Deno by the Node that they imitate', () => {
    expect(checkRuntime({ node: '20.0.0', bun: '1.4.5' })).toMatchObject({
      status: 'ok',
      message: 'Bun 1.4.5',
    })
    expect(checkRuntime({ node: '20.0.0', deno: '2.9.6' })).toMatchObject({
      status: 'ok',
      message: 'Deno 2.9.6',
    })
  })

  it('says where a newer Node is', async () => {
    const env = before("Object.defineProperty(process.versions, 'node', { value: '20.19.0' })")
    const finding = {
      check: 'runtime',
      status: 'problem',
      message: 'Node 20.19.0 is too old: this tool needs 22.13 or later',
      remedy: expect.stringContaining('https://nodejs.org/'),
    }
    await expectOnly({ configDir, env }, finding, 2)
  })
})

describe.skipIf(process.platform === 'win32')(
  'anthropic-auth doctor, files',
  { timeout: WATCHDOG_MS },
  () => {
    it('finds every folder and file that others can change, and its remedies work', async () => {
      chmodSync(join(configDir, 'configs'), 0o775)
      chmodSync(join(configDir, 'credentials'), 0o777)
      chmodSync(profilePath(configDir, 'configs'), 0o666)
      chmodSync(profilePath(configDir, 'credentials'), 0o604)
      const { code, bad } = await diagnose({ configDir }, at())
      expect([code, bad.map(({ check, status }) => [check, status])]).toEqual([
        8,
        [
          ['permissions', 'problem'],
          ['permissions', 'problem'],
          ['config_file', 'problem'],
          ['credentials_file', 'problem'],
        ],
      ])
      expect(bad[0]).toMatchObject({
        message: `Other users of this machine can change what is in ${configDir}/configs`,
        remedy: `If you trust what it contains, run: chmod go-w '${configDir}/configs'`,
      })
      for (const { remedy } of bad) paste(remedy)
      expect((await diagnose({ configDir })).bad).toEqual([])
    })

    it("blames no host while the profile can't be read and its credentials name none", async () => {
      nameHost(configDir, '')
      const spoils: readonly (readonly [check: string, spoil: () => void])[] = [
        ['config_file', () => writeFileSync(profilePath(configDir, 'configs'), '{')],
        ['permissions', () => chmodSync(join(configDir, 'configs'), 0o777)],
        ['profile', () => writeFileSync(join(configDir, 'active_config'), '../../x')],
      ]
      for (const [check, spoil] of spoils) {
        spoil()
        const { all, bad } = await diagnose({ configDir })
        expect(bad.map((one) => one.check)).toContain(check)
        expect(all.map((one) => one.check)).not.toContain('api_host')
        expect(all.map((one) => one.check)).not.toContain('console_host')
      }
    })

    it("warns of an open folder around the profiles, in which `use` can't save", async () => {
      const root = join(configDir, 'inner', 'anthropic')
      mkdirSync(root, { recursive: true, mode: 0o700 })
      await logInto({ configDir: root })
      chmodSync(join(configDir, 'inner'), 0o777)
      const finding = {
        check: 'permissions',
        status: 'warning',
        message: `Other users of this machine can change what is in ${configDir}/inner`,
        remedy: `If you trust what it contains, run: chmod go-w '${configDir}/inner'`,
      }
      await expectOnly({ configDir: root }, finding, 0)
      expect(await runTool(['use', 'default'], { configDir: root })).toMatchObject({ code: 8 })
      paste(finding.remedy)
      expect(await runTool(['use', 'default'], { configDir: root })).toMatchObject({ code: 0 })
    })

    it('finds folders and files of another user', async (context) => {
      skipUnlessRoot(context)
      chownSync(configDir, NOBODY, NOBODY)
      chownSync(profilePath(configDir, 'credentials'), NOBODY, NOBODY)
      const { code, bad } = await diagnose({ configDir }, at())
      expect([code, bad]).toEqual([
        8,
        [
          expect.objectContaining({
            check: 'permissions',
            message: `${configDir} belongs to another user of this machine`,
            remedy: expect.stringContaining('export ANTHROPIC_CONFIG_DIR='),
          }),
          expect.objectContaining({
            check: 'credentials_file',
            message: expect.stringContaining('belongs to another'),
          }),
        ],
      ])
    })

    it('finds a folder in which nothing can be saved', async (context) => {
      skipUnlessRoot(context)
      bindMount(configDir, configDir, 'ro')
      const { bad, code } = await diagnose({ configDir })
      expect(code).toBe(8)
      expect(bad).toHaveLength(2)
      for (const finding of bad) {
        expect(finding).toMatchObject({
          check: 'permissions',
          message: expect.stringMatching(/^Can't save files in .* \(EROFS\)$/),
          remedy: expect.stringContaining('Set ANTHROPIC_CONFIG_DIR to a folder that you can write to'),
        })
      }
    })

    it('finds a full disk, and leaves nothing on it', async (context) => {
      skipUnlessRoot(context)
      const root = folderInMemory(64)
      await logInto({ configDir: root })
      const names = readdirSync(root, { recursive: true })
      expect((await diagnose({ configDir: root })).code).toBe(0)
      expect(readdirSync(root, { recursive: true })).toEqual(names)
      fillUp(dirname(root), 1)
      const { bad, code } = await diagnose({ configDir: root })
      const finding = {
        check: 'permissions',
        status: 'problem',
        remedy: 'Free some space there, then try again.',
      }
      expect([code, bad]).toEqual([
        8,
        [
          { ...finding, message: `Can't save files in ${root}/configs (ENOSPC)` },
          { ...finding, message: `Can't save files in ${root}/credentials (ENOSPC)` },
        ],
      ])
      expect(readdirSync(root, { recursive: true })).toEqual(names)
    })

    it('finds a full disk before the first login, and makes no folder', async (context) => {
      skipUnlessRoot(context)
      const root = folderInMemory(64)
      fillUp(dirname(root), 1)
      const { bad, code } = await diagnose({ configDir: root }, ['--base-url', login.emulator.url])
      expect(code).toBe(8)
      expect(bad.map(({ message }) => message)).toContain(`Can't save files in ${root} (ENOSPC)`)
      expect(readdirSync(root)).toEqual([])
    })

    it("finds the folder above a folder that can't be created", async (context) => {
      skipUnlessRoot(context)
      const home = temporaryFolder()
      bindMount(home, home, 'ro')
      const { bad } = await diagnose({ configDir: '', env: { HOME: home } }, [
        '--base-url',
        login.emulator.url,
      ])
      expect(bad.filter(({ status }) => status === 'problem')).toEqual([
        expect.objectContaining({ check: 'permissions', message: `Can't save files in ${home} (EROFS)` }),
      ])
    })

    it.each([
      ['empty', ''],
      ['full of NUL bytes', '\0'.repeat(300)],
    ])('finds a credentials file that is %s', async (_name, content) => {
      writeProfile(configDir, 'credentials', content)
      const finding = {
        check: 'credentials_file',
        status: 'problem',
        message: expect.stringContaining('default.json is empty or blank'),
        remedy: 'Restore it from a backup, or run: anthropic-auth login --profile default',
      }
      await expectOnly({ configDir }, finding, 8)
    })

    it('finds a damaged credentials file, and how to move it away', async () => {
      writeProfile(configDir, 'credentials', '{"access_token": ')
      const path = profilePath(configDir, 'credentials')
      const remedy = `Repair it, or run: mv '${path}' '${path}.damaged' && anthropic-auth login --profile default`
      await expectOnly({ configDir }, { check: 'credentials_file', remedy }, 8)
    })

    it.each([
      ['blank', '', 'is empty or blank'],
      ['damaged', '[1]', 'is not a JSON object'],
    ])('finds a %s config file', async (_name, content, message) => {
      writeProfile(configDir, 'configs', content)
      const { code, bad } = await diagnose({ configDir }, ['--base-url', login.emulator.url])
      expect([code, bad]).toEqual([
        8,
        [
          expect.objectContaining({
            check: 'config_file',
            status: 'problem',
            message: expect.stringContaining(message),
            remedy: expect.stringContaining('run: '),
          }),
        ],
      ])
    })

    it('looks at the credentials file that the config names', async () => {
      const path = join(temporaryFolder(), 'elsewhere.json')
      writeFileSync(path, readFileSync(profilePath(configDir, 'credentials')), { mode: 0o644 })
      const config = readProfile(configDir, 'configs')
      const authentication = { ...(config['authentication'] as object), credentials_path: path }
      writeProfile(configDir, 'configs', { ...config, authentication })
      const remedy = `Others may have read the tokens in it. Log in again after you run: chmod 600 '${path}'`
      await expectOnly({ configDir }, { check: 'credentials_file', remedy }, 8)
      chmodSync(path, 0o600)
      expect((await diagnose({ configDir })).bad).toEqual([])
    })
  },
)

describe('anthropic-auth doctor, temporary files', { timeout: WATCHDOG_MS }, () => {
  it('finds the newest tokens beside the file, and its remedy puts them in place', async () => {
    const leftover = await leaveTokens(login.tokens.refreshToken ?? '')
    const { code, bad } = await diagnose({ configDir })
    expect([code, bad]).toEqual([
      0,
      [
        {
          check: 'temporary_files',
          status: 'warning',
          message: `${leftover} holds the newest tokens: an interrupted save could not put them in place`,
          remedy: 'To put them in place, run: anthropic-auth refresh --profile default',
        },
      ],
    ])
    await expectRemoved(['refresh', '--profile', 'default'])
  })

  it('finds files that interrupted saves have left, and its remedy removes them', async () => {
    await leaveTokens('another refresh token')
    writeFileSync(`${profilePath(configDir, 'credentials')}.x.probe`, '', { mode: 0o600 })
    const { code, bad } = await diagnose({ configDir })
    expect([code, bad.length]).toEqual([0, 2])
    for (const finding of bad) {
      expect(finding).toMatchObject({
        check: 'temporary_files',
        status: 'warning',
        message: expect.stringContaining('was left by an interrupted save, and is not used'),
        remedy: expect.stringContaining('run: anthropic-auth refresh --profile default'),
      })
    }
    await expectRemoved(['refresh', '--profile', 'default'])
  })

  it('finds files that other programs have left, and its remedy removes them', async () => {
    const path = `${profilePath(configDir, 'credentials')}.123.abc.tmp`
    writeFileSync(path, 'tokens', { mode: 0o600 })
    const { bad } = await diagnose({ configDir })
    expect(bad).toEqual([
      expect.objectContaining({
        check: 'temporary_files',
        status: 'warning',
        message: expect.stringContaining(path),
      }),
    ])
    paste(bad[0]?.remedy)
    expect((await diagnose({ configDir })).bad).toEqual([])
  })
})

describe('anthropic-auth doctor, the lock', { timeout: WATCHDOG_MS }, () => {
  const lockPath = (): string => `${profilePath(configDir, 'credentials')}.lock`

  it('accepts a lock that is held for a moment, and the files of that save', async () => {
    const { process: holder } = await startHolder(lockPath())
    writeFileSync(`${profilePath(configDir, 'credentials')}.x.probe`, '', { mode: 0o600 })
    const { all, bad } = await diagnose({ configDir })
    expect(bad).toEqual([])
    expect(all.find(({ check }) => check === 'lock')?.message).toMatch(
      new RegExp(`^Held by process ${holder.pid} \\(node lock-process\\.ts\\), for \\d+ s$`),
    )
  })

  it.skipIf(process.platform !== 'linux')(
    'names a holder that is suspended, and how to resume it',
    async () => {
      const { process: holder } = await startHolder(lockPath())
      holder.kill('SIGSTOP')
      const finding = {
        check: 'lock',
        status: 'problem',
        message: `${lockPath()} is held by process ${holder.pid} (node lock-process.ts), which is suspended`,
        remedy: `To resume it, run: kill -CONT ${holder.pid}. To end it, run: kill -KILL ${holder.pid}`,
      }
      await expectOnly({ configDir }, finding, 8)
      holder.kill('SIGCONT')
      expect((await diagnose({ configDir })).bad).toEqual([])
    },
  )

  it.skipIf(process.platform !== 'linux')("names a holder that doesn't finish", async () => {
    const { process: holder } = await startHolder(lockPath())
    const env = before('const now = Date.now; Date.now = () => now() + 100_000')
    const finding = {
      check: 'lock',
      status: 'problem',
      message: expect.stringMatching(
        new RegExp(`has been held for \\d+ min by process ${holder.pid} \\(node lock-process\\.ts\\)$`),
      ),
      remedy: expect.stringContaining(`If it hangs, end it: kill ${holder.pid}`),
    }
    await expectOnly({ configDir, env }, finding, 8)
  })

  it('accepts a lock that its holder releases during the check', async () => {
    await startHolder(lockPath())
    const env = before(`
      import fs from 'node:fs/promises'
      import { syncBuiltinESMExports } from 'node:module'
      const { stat } = fs
      fs.stat = async (path, ...rest) => {
        if (path === ${JSON.stringify(lockPath())}) await fs.unlink(path)
        return stat(path, ...rest)
      }
      syncBuiltinESMExports()`)
    const { all, bad, code } = await diagnose({ configDir, env })
    expect([code, bad, all.find(({ check }) => check === 'lock')?.message]).toEqual([0, [], 'Free'])
  })

  it.skipIf(process.platform !== 'linux')('says that the lock of a dead process does no harm', async () => {
    const { pid } = await leaveDeadLock(lockPath())
    const finding = {
      check: 'lock',
      status: 'warning',
      message: `${lockPath()} was left by process ${String(pid)}, which has ended`,
      remedy: 'Nothing to do: the next refresh or login removes it.',
    }
    await expectOnly({ configDir }, finding, 0)
    expect((await runTool(['refresh'], { configDir })).code).toBe(0)
    expect((await diagnose({ configDir })).bad).toEqual([])
  })

  it('names a holder elsewhere', async () => {
    await leaveForeignLock(lockPath())
    const finding = {
      check: 'lock',
      status: 'warning',
      message: expect.stringMatching(
        /is locked: process \d+ on .* holds it, in another container or on another machine$/,
      ),
      remedy: expect.stringContaining('is free 30 seconds later'),
    }
    await expectOnly({ configDir }, finding, 0)
  })

  it('finds a lock file that names nobody, and a folder in its place', async () => {
    writeFileSync(lockPath(), '')
    await expectOnly({ configDir }, { check: 'lock', remedy: expect.stringContaining('30 seconds') }, 0)
    rmSync(lockPath())
    mkdirSync(lockPath())
    const { bad, code } = await diagnose({ configDir })
    expect([code, bad]).toEqual([8, [expect.objectContaining({ check: 'lock', status: 'problem' })]])
    paste(bad[0]?.remedy)
    expect((await diagnose({ configDir })).bad).toEqual([])
  })

  it('shows no argument of the holder except its script', async () => {
    const holder = startProgram('lock-process.ts', ['hold', 'argument-secret', lockPath()])
    await holder.began
    const { all, output } = await diagnose({ configDir })
    expect(all.find(({ check }) => check === 'lock')?.message).toContain('(node lock-process.ts)')
    expect(output).not.toContain('argument-secret')
  })
})

describe('anthropic-auth doctor, the profile', { timeout: WATCHDOG_MS }, () => {
  it('says how to begin when there is no profile', async () => {
    const { code, bad } = await diagnose(
      { configDir: temporaryFolder(), env: { ANTHROPIC_PROFILE: 'wrk' } },
      at(),
    )
    expect([code, bad]).toEqual([
      0,
      [
        {
          check: 'profile',
          status: 'warning',
          message: "There is no profile 'wrk' (ANTHROPIC_PROFILE)",
          remedy: 'To log in, run: anthropic-auth login --profile wrk',
        },
      ],
    ])
  })

  it('reports the name of no profile where there are others', async () => {
    await logInto({ profile: 'work', configDir })
    const { code, bad } = await diagnose({ configDir, env: { ANTHROPIC_PROFILE: 'wrok' } }, at())
    expect([code, bad]).toEqual([
      3,
      [
        {
          check: 'profile',
          status: 'problem',
          message: "There is no profile 'wrok' (ANTHROPIC_PROFILE)",
          remedy:
            "Did you mean 'work'? Run: export ANTHROPIC_PROFILE=work. To create this profile, run: anthropic-auth login --profile wrok",
        },
      ],
    ])
  })

  it('says what works in CI', async () => {
    const env = { CI: 'true', ANTHROPIC_AUTH_TOKEN: 'sk-ant-oat01-x' }
    const advice = 'ANTHROPIC_AUTH_TOKEN is set: the official SDKs use it, and need no login'
    const { code, all, bad } = await diagnose({ configDir: temporaryFolder(), env }, at())
    expect([code, bad]).toEqual([
      0,
      [
        {
          check: 'profile',
          status: 'warning',
          message: "There is no profile 'default'",
          remedy: `${advice}.`,
        },
      ],
    ])
    expect(all).toContainEqual({ check: 'environment', status: 'ok', message: advice, remedy: null })
    for (const check of ['callback', 'browser']) {
      const message = 'Not needed: in CI, nobody can log in'
      expect(all).toContainEqual({ check, status: 'ok', message, remedy: null })
    }
  })

  it('checks the profile that a flag names', async () => {
    await logInto({ profile: 'work', configDir })
    writeProfile(configDir, 'credentials', '')
    const { all, bad } = await diagnose({ configDir }, ['--profile', 'work'])
    expect([bad, all.find(({ check }) => check === 'profile')?.message]).toEqual([[], "'work'"])
  })

  it('says that nobody is logged in', async () => {
    rmSync(profilePath(configDir, 'credentials'))
    const message = "Not logged in (profile 'default')"
    const remedy = 'Run: anthropic-auth login --profile default'
    await expectOnly({ configDir }, { check: 'login', status: 'warning', message, remedy }, 0)
  })

  it.each([
    [{ refresh_token_expires_at: 1, expires_at: 1 }, 'problem', /^The login of \S+@\S+ has ended$/, 3],
    [
      { refresh_token_expires_at: days(3) },
      'warning',
      /^The login ends in 3 d .*however often you refresh it$/,
      0,
    ],
    [{ refresh_token: '' }, 'warning', /^The access token can't be refreshed, and expires in /, 0],
  ])('finds a login with %j: %s', async (change, status, message, code) => {
    writeProfile(configDir, 'credentials', { ...readProfile(configDir, 'credentials'), ...change })
    const remedy = 'Run: anthropic-auth login --profile default'
    await expectOnly(
      { configDir },
      { check: 'login', status, message: expect.stringMatching(message), remedy },
      code,
    )
  })

  it.each([
    [ANT, 'made by ant', 'To log in again, run: ant auth login --profile default'],
    [
      'other-client',
      'belongs to another OAuth client (other-client)',
      'If the client is yours, log in with: anthropic-auth login --profile default --client-id other-client',
    ],
  ])('says whose client it is: %s', async (clientId, message, remedy) => {
    const config = readProfile(configDir, 'configs')
    const authentication = { type: 'user_oauth', client_id: clientId }
    writeProfile(configDir, 'configs', { ...config, authentication })
    await expectOnly(
      { configDir },
      { check: 'profile', status: 'warning', message: expect.stringContaining(message), remedy },
      0,
    )
  })

  it('recognizes a profile of another kind', async () => {
    writeProfile(configDir, 'configs', { authentication: { type: 'another_kind' } })
    const finding = {
      check: 'profile',
      status: 'problem',
      message: expect.stringContaining('configs/default.json is for another kind of login'),
      remedy: expect.stringContaining('choose another profile: --profile NAME'),
    }
    await expectOnly({ configDir }, finding, 8, at())
  })

  it('names the variable of a profile with an invalid name', async () => {
    const finding = {
      check: 'profile',
      status: 'problem',
      message: expect.stringContaining('ANTHROPIC_PROFILE'),
    }
    await expectOnly({ configDir, env: { ANTHROPIC_PROFILE: '../x' } }, finding, 2, at())
  })

  it.each(['./x', '~/x'])('finds a folder of profiles that is relative: %s', async (folder) => {
    const finding = {
      check: 'profiles_folder',
      status: 'problem',
      message: `ANTHROPIC_CONFIG_DIR is not an absolute path: "${folder}"`,
      remedy: expect.stringContaining('Use the full path of the folder'),
    }
    await expectOnly({ configDir: folder, env: { HOME: configDir } }, finding, 2, at())
  })

  it.each(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'])(
    'finds a credential that takes precedence over the login: %s',
    async (name) => {
      const message = `${name} is set, so the official SDKs use it and ignore this login`
      const remedy = `To use the login, run: unset ${name}`
      await expectOnly(
        { configDir, env: { [name]: 'x' } },
        { check: 'environment', status: 'warning', message, remedy },
        0,
      )
    },
  )
})

/** Names the host, since the profile doesn't. */
function at(): readonly string[] {
  return ['--base-url', login.emulator.url]
}

function days(count: number): number {
  return Math.floor(Date.now() / 1000) + count * 86_400 + 3600
}

/** Leaves the tokens of a save that was killed before it replaced a file with this refresh token. */
async function leaveTokens(refreshToken: string): Promise<string> {
  const path = profilePath(configDir, 'credentials')
  const content = new TextEncoder().encode(JSON.stringify(readProfile(configDir, 'credentials')))
  const binding = bindingOf({ clientId: login.tokens.clientId, baseUrl: login.emulator.apiUrl })
  const replaced = await replacedBy(refreshToken, binding)
  const leftover = leftoverOf(path, replaced, await digestOf(content))
  writeFileSync(leftover.path, content, { mode: 0o600 })
  return leftover.path
}

async function expectRemoved(args: readonly string[]): Promise<void> {
  expect((await runTool(args, { configDir })).code).toBe(0)
  expect((await diagnose({ configDir })).bad).toEqual([])
}

/** Everything that can be seen of the files in a folder, and of its folders except their times: the doctor tests them. */
function stateOf(folder: string): readonly unknown[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const stats = lstatSync(join(folder, name))
      const { mode, uid, size, mtimeMs, ctimeMs, ino } = stats
      return [name, mode, uid, ino, ...(stats.isDirectory() ? [] : [size, mtimeMs, ctimeMs])]
    })
}
