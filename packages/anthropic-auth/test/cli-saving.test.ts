import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createTokenProvider, OAuthClient, type TokenSet } from '@anthropic-auth/core'
import type { Emulator } from '@anthropic-auth/testing'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { bindMount, fillUp, folderInMemory, skipUnlessRoot } from '../../profile-store/test/mounts.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, gateFor, logInto, profilePath, readProfile, writeProfile } from './tool-login.ts'
import { runTool, startTool, type ToolEnd, type ToolSurroundings } from './tool-process.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

const WATCHDOG_MS = 240_000
const TOKEN = '/v1/oauth/token'
const REVOKE = '/v1/oauth/token/revoke'
const NOBODY = 65_534

/** Runs `login` and pastes the code, unless the login ends before it shows a link. */
async function logIn(
  at: Emulator,
  surroundings: ToolSurroundings,
  flags: readonly string[] = [],
): Promise<ToolEnd> {
  const hosts = ['--base-url', at.apiUrl, '--console-url', at.url]
  const args = ['login', '--profile', 'default', '--no-browser', ...hosts, ...flags]
  const tool = startTool(args, { ...surroundings, stdin: 'pipe' })
  const link = /^http\S+$/m
  await Promise.race([vi.waitUntil(() => link.test(tool.said()), { timeout: WATCHDOG_MS }), tool.ended])
  const url = link.exec(tool.said())?.[0]
  if (url !== undefined) tool.stdin?.end(`${await at.approve(url)}\n`)
  return tool.ended
}

/** Makes a refresh of the stored access token due at the next command. */
function expire(configDir: string): void {
  const credentials = { ...readProfile(configDir, 'credentials'), expires_at: 1_700_000_000 }
  writeFileSync(profilePath(configDir, 'credentials'), JSON.stringify(credentials))
}

describe("anthropic-auth, when a save can't work", { timeout: WATCHDOG_MS }, () => {
  it('writes a credentials file that is a mount point in place', async (context) => {
    skipUnlessRoot(context)
    const { configDir, tokens } = await logInto()
    const path = profilePath(configDir, 'credentials')
    const source = join(temporaryFolder(), 'default.json')
    writeFileSync(source, readFileSync(path), { mode: 0o600 })
    bindMount(source, path)
    expire(configDir)
    const first = await runTool(['token'], { configDir })
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(first.stdout).not.toBe(`${tokens.accessToken}\n`)
    expect(readFileSync(source, 'utf8')).toContain(first.stdout.trim())
    expire(configDir)
    expect(await runTool(['token'], { configDir })).toMatchObject({ code: 0, stderr: '' })
    expect(readdirSync(join(configDir, 'credentials'))).toEqual(['default.json'])
  })

  it('sends nothing when the disk has no room for the file', async (context) => {
    skipUnlessRoot(context)
    const configDir = folderInMemory(64)
    const { emulator: server } = await logInto({ configDir })
    expire(configDir)
    fillUp(join(configDir, '..'), 1)
    const { code, stdout, stderr } = await runTool(['token'], { configDir })
    expect([code, stdout]).toEqual([8, ''])
    expect(stderr).toMatch(
      /^Error: Nothing was refreshed, because the new tokens could not be saved\. .*ENOSPC/,
    )
    expect(countOf(server, TOKEN)).toBe(1)
  })

  it('shows no link when the login could not be saved', async (context) => {
    skipUnlessRoot(context)
    const server = await startTestEmulator()
    const home = temporaryFolder()
    mkdirSync(join(home, '.config'), { mode: 0o555 })
    chownSync(home, NOBODY, NOBODY)
    chmodSync(home, 0o555)
    for (const HOME of [home, '/nonexistent']) {
      const env = { ANTHROPIC_CONFIG_DIR: undefined, HOME }
      const end = await logIn(server, { configDir: '', env, before: AS_NOBODY })
      expect([HOME, end.code, end.stdout]).toEqual([HOME, 8, ''])
      expect(end.stderr).toMatch(/^Error: .*EACCES/)
      expect(end.stderr).not.toContain('http')
    }
    expect(server.requests).toEqual([])
  })
})

/** Becomes a user other than root, so that permissions apply. */
const AS_NOBODY = `exec 3>&1; set -- setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups -- "$@"`

describe('anthropic-auth, with a slow server', { timeout: WATCHDOG_MS }, () => {
  // Both take half a minute, so they run at the same time.
  it('accepts late tokens with a warning, even if they arrived while the process was stopped', async () => {
    const [late, stopped] = [await logInto(), await logInto()]
    const [lateGate, stoppedGate] = [await gateFor(late), await gateFor(stopped)]
    const waiting = startTool(['refresh'], late)
    const sleeping = startTool(['refresh'], stopped)
    await stoppedGate.reached
    sleeping.process.kill('SIGSTOP')
    stoppedGate.open()
    await vi.waitUntil(() => waiting.said() !== '', { timeout: WATCHDOG_MS })
    lateGate.open()
    expect(await waiting.ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^Warning: The server is taking a long time to respond\. Still waiting, so that this login is not lost\..*\nRefreshed/,
      ),
    })
    // Longer than the client's deadline of 30 seconds.
    sleeping.process.kill('SIGCONT')
    expect(await sleeping.ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Refreshed the login/),
    })
    for (const { configDir } of [late, stopped]) {
      expect(await runTool(['refresh'], { configDir })).toMatchObject({ code: 0 })
    }
  })
})

describe('anthropic-auth, with odd optional fields in the credentials file', { timeout: WATCHDOG_MS }, () => {
  it.each(['soon', -5, '', true, 1_900_000_000_000])('refreshes at `expires_at` %j', async (expiresAt) => {
    const { configDir, emulator: server } = await logInto()
    const odd = { account_email: 5, scope: 5, workspace_name: 5, future: { kept: true } }
    const credentials = { ...readProfile(configDir, 'credentials'), ...odd, expires_at: expiresAt }
    writeProfile(configDir, 'credentials', credentials)
    expect(await runTool(['status'], { configDir })).toMatchObject({ code: 0, stderr: '' })
    expect(await runTool(['token'], { configDir })).toMatchObject({ code: 0, stderr: '' })
    expect(countOf(server, TOKEN)).toBe(2)
    const saved = readProfile(configDir, 'credentials')
    expect(saved).toMatchObject({ future: { kept: true }, expires_at: expect.any(Number) })
    expect(await runTool(['token'], { configDir })).toMatchObject({
      code: 0,
      stdout: `${String(saved['access_token'])}\n`,
    })
    expect(countOf(server, TOKEN)).toBe(2)
  })
})

describe('anthropic-auth logout', { timeout: WATCHDOG_MS }, () => {
  it('is noticed by a program that uses the profile, even if nothing was revoked', async () => {
    const { configDir, emulator: server } = await logInto({ tokenLifetimeSeconds: 60 })
    const store = createProfileStore({ profile: 'default', configDir })
    const provider = createTokenProvider(new OAuthClient({ endpoints: server.endpoints }), { store })
    await provider({ forceRefresh: true })
    server.faults.always('revoke', { type: 'server_error' })
    expect(await runTool(['logout'], { configDir })).toMatchObject({ code: 0 })
    server.expireAccessTokens()
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    await expect(provider()).rejects.toMatchObject({
      code: 'reauthentication_required',
      reason: 'logged_out',
    })
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
    expect(countOf(server, TOKEN)).toBe(2)
  })

  it.each<[string, string | Buffer]>([
    ['is empty', ''],
    ['is full of NUL bytes', Buffer.alloc(300)],
    ['is blank', ' \n\n'],
  ])('removes a file that %s, and a login replaces it', async (_what, content) => {
    const server = await startTestEmulator()
    const configDir = temporaryFolder()
    writeProfile(configDir, 'credentials', '')
    writeFileSync(profilePath(configDir, 'credentials'), content)
    expect(await runTool(['status', '--json'], { configDir })).toMatchObject({ code: 8 })
    expect(await logIn(server, { configDir })).toMatchObject({ code: 0 })
    expect(await runTool(['token'], { configDir })).toMatchObject({ code: 0 })
    writeFileSync(profilePath(configDir, 'credentials'), content)
    expect(await runTool(['logout'], { configDir })).toMatchObject({ code: 0 })
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
  })

  it('removes the tokens of a profile whose config is blank, and says that they were not revoked', async () => {
    const { configDir, emulator: server } = await logInto()
    writeFileSync(profilePath(configDir, 'configs'), '')
    const { code, stderr } = await runTool(['logout'], { configDir })
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^Warning: .*configs\/default\.json is empty or blank\. The tokens are removed, but can't be revoked: /,
    )
    expect(existsSync(profilePath(configDir, 'credentials'))).toBe(false)
    expect(countOf(server, REVOKE)).toBe(0)
  })

  it.each<[string, string | Buffer]>([
    ['is empty', ''],
    ['is full of NUL bytes', Buffer.alloc(300)],
  ])('lets a login replace a profile whose config %s', async (_what, content) => {
    const { configDir } = await logInto()
    writeFileSync(profilePath(configDir, 'configs'), content)
    const server = await startTestEmulator()
    expect(await logIn(server, { configDir })).toMatchObject({ code: 0 })
    expect(await runTool(['token'], { configDir })).toMatchObject({ code: 0 })
    expect(readProfile(configDir, 'configs')).toMatchObject({ base_url: server.apiUrl })
  })

  it('removes temporary files with tokens, also without a credentials file', async () => {
    const configDir = temporaryFolder()
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth' } })
    writeProfile(
      configDir,
      'credentials',
      '{"access_token":"sk-ant-oat01-cut',
      `default.json.${crypto.randomUUID()}`,
    )
    const [name = ''] = readdirSync(join(configDir, 'credentials'))
    const path = join(configDir, 'credentials', name)
    renameSync(path, path.replace(/\.json$/, '.tmp'))
    expect(await runTool(['logout'], { configDir })).toMatchObject({ code: 0 })
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
  })

  it('removes the tokens of a profile whose config is damaged, and leaves the config', async () => {
    const { configDir } = await logInto()
    const config = profilePath(configDir, 'configs')
    writeFileSync(config, '{"authentication":')
    const { code, stderr } = await runTool(['logout'], { configDir })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Warning: .*configs\/default\.json .*can't be revoked/)
    expect(existsSync(profilePath(configDir, 'credentials'))).toBe(false)
    expect(readFileSync(config, 'utf8')).toBe('{"authentication":')
  })

  it('leaves a file alone that `credentials_path` names and that holds no tokens', async () => {
    const configDir = temporaryFolder()
    const diary = join(configDir, 'diary.txt')
    writeFileSync(diary, 'Dear diary', { mode: 0o600 })
    for (const path of [diary, '/dev/full']) {
      const authentication = { type: 'user_oauth', credentials_path: path }
      writeProfile(configDir, 'configs', { authentication })
      expect(await runTool(['logout'], { configDir })).toMatchObject({ code: 8 })
      expect(existsSync(path)).toBe(true)
    }
  })

  it('works on a full disk, without the lock, and says so', async (context) => {
    skipUnlessRoot(context)
    const configDir = folderInMemory(64)
    const { emulator: server } = await logInto({ configDir })
    fillUp(join(configDir, '..'), 0)
    const { code, stderr } = await runTool(['logout'], { configDir })
    expect(stderr).toBe(
      `Warning: The lock file ${profilePath(configDir, 'credentials')}.lock can't be used (ENOSPC). Logging out without the lock.\nLogged out of profile 'default'.\n`,
    )
    expect(code).toBe(0)
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
    expect(countOf(server, REVOKE)).toBe(1)
  })

  it('clears a mounted file in a read-only folder, without the lock', async (context) => {
    skipUnlessRoot(context)
    const { configDir, emulator: server } = await logInto()
    const path = profilePath(configDir, 'credentials')
    const source = join(temporaryFolder(), 'default.json')
    writeFileSync(source, readFileSync(path), { mode: 0o600 })
    bindMount(configDir, configDir, 'ro')
    bindMount(source, path)
    const { code, stderr } = await runTool(['logout'], { configDir })
    expect(stderr).toMatch(/^Warning: .*EROFS.* Logging out without the lock\.\nLogged out of profile/)
    expect(code).toBe(0)
    expect(readFileSync(source, 'utf8')).not.toContain('sk-ant')
    expect(countOf(server, REVOKE)).toBe(1)
    expect(await runTool(['token'], { configDir })).toMatchObject({ code: 3 })
  })

  it('removes the tokens of a profile whose name is too long for that of a lock file', async () => {
    const { configDir, emulator: server } = await logInto()
    const profile = 'p'.repeat(240)
    for (const folder of ['configs', 'credentials'] as const) {
      writeProfile(configDir, folder, readProfile(configDir, folder), profile)
    }
    const { code, stderr } = await runTool(['logout', '--profile', profile], { configDir })
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Warning: .*ENAMETOOLONG/)])
    expect(readdirSync(join(configDir, 'credentials'))).toEqual(['default.json'])
    expect(countOf(server, REVOKE)).toBe(1)
  })

  it('says whether the tokens still work when it can’t remove them', async (context) => {
    skipUnlessRoot(context)
    const { configDir, emulator: server } = await logInto()
    const path = profilePath(configDir, 'credentials')
    const before = readFileSync(path, 'utf8')
    bindMount(configDir, configDir, 'ro')
    server.faults.next('revoke', { type: 'server_error' })
    const problem = `Error: ${path} can't be removed (EROFS).`
    const remedy = 'Make the file and its folder writable, then run the command again.'
    const failed = await runTool(['logout'], { configDir })
    expect(failed.stderr).toContain(`\n${problem} You are still logged in.\n${remedy}\n`)
    const revoked = await runTool(['logout'], { configDir })
    expect(revoked.stderr).toContain(
      `\n${problem} The tokens in it were revoked, so they no longer work.\n${remedy}\n`,
    )
    expect([failed.code, revoked.code]).toEqual([8, 8])
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('does not wait for a named pipe in place of `active_config`', async () => {
    const configDir = temporaryFolder()
    execFileSync('mkfifo', [join(configDir, 'active_config')])
    const { code, stderr } = await runTool(['logout'], { configDir })
    expect([code, stderr]).toEqual([8, expect.stringContaining('active_config')])
  })

  it.each<[string, (path: string) => void]>([
    ['broken', (path) => writeFileSync(path, '{"access_token":"sk-ant-oat01-sec')],
    ['readable by others', (path) => chmodSync(path, 0o644)],
  ])('removes a file that is %s, and says so', async (_what, spoil) => {
    const { configDir } = await logInto()
    const path = profilePath(configDir, 'credentials')
    spoil(path)
    const { code, stderr } = await runTool(['logout'], { configDir })
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^Warning: .*The tokens are removed, but can't be revoked: .*\nLogged out of profile/,
    )
    expect(stderr).toContain(path)
    expect(stderr).not.toContain('sk-ant')
    expect(existsSync(path)).toBe(false)
  })

  it('revokes and removes what a killed save has left', async () => {
    const { configDir, emulator: server, tokens } = await logInto()
    const path = profilePath(configDir, 'credentials')
    const before = readFileSync(path)
    server.faults.next('token', { type: 'delay', ms: 0 })
    expect(await runTool(['refresh'], { configDir })).toMatchObject({ code: 0 })
    const successor = readProfile(configDir, 'credentials')
    // As after a kill between the last two steps of a save: the old file, and the new one next to it.
    renameSync(path, leftoverPath(path, tokens, readFileSync(path), server.apiUrl))
    writeFileSync(path, before, { mode: 0o600 })
    expect(await runTool(['token'], { configDir })).toMatchObject({
      code: 0,
      stdout: `${String(successor['access_token'])}\n`,
    })
    writeFileSync(`${path}.${crypto.randomUUID()}.probe`, 'x')
    expect(await runTool(['logout'], { configDir })).toMatchObject({ code: 0 })
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
    const revoked = server.requests
      .filter((request) => request.path === REVOKE)
      .map(({ body }) => (JSON.parse(body) as { token: string }).token)
    expect(revoked).toEqual([successor['refresh_token']])
  })
})

/** The name of the file that a save writes: the digests of the replaced state, with its server, and of the new content. */
function leftoverPath(path: string, replaced: TokenSet, content: Buffer, server: string): string {
  const digest = (data: string | Buffer): string =>
    createHash('sha256').update(data).digest().subarray(0, 16).toString('base64url')
  const binding = `${replaced.clientId} ${server}`
  return `${path}.${digest(`${digest(replaced.refreshToken ?? '')} ${binding}`)}.${digest(content)}.tmp`
}

describe('anthropic-auth login, and the folders', { timeout: WATCHDOG_MS }, () => {
  it('tightens folders that were created with umask 002, and says so', async () => {
    const server = await startTestEmulator()
    const configDir = join(temporaryFolder(), 'anthropic')
    for (const folder of [configDir, join(configDir, 'configs'), join(configDir, 'credentials')]) {
      mkdirSync(folder)
      chmodSync(folder, 0o775)
    }
    const { code, stderr } = await logIn(server, { configDir })
    expect(code).toBe(0)
    expect(stderr).toContain(
      `Other users could change files in ${join(configDir, 'credentials')}. Removed their write permission.\n`,
    )
    expect(statSync(join(configDir, 'credentials')).mode & 0o777).toBe(0o755)
    expect(await runTool(['status'], { configDir })).toMatchObject({ code: 0 })
    expect(await runTool(['logout'], { configDir })).toMatchObject({ code: 0 })
  })

  it('refuses a volume that belongs to root and is open to all, and the suggested command helps', async (context) => {
    skipUnlessRoot(context)
    const server = await startTestEmulator()
    const volume = temporaryFolder()
    chmodSync(volume, 0o777)
    const refused = await logIn(server, { configDir: volume, before: AS_NOBODY })
    expect(refused.code).toBe(8)
    expect(refused.stderr).not.toContain('http')
    expect(refused.stderr).toContain(`export ANTHROPIC_CONFIG_DIR='${volume}/anthropic'`)
    const configDir = `${volume}/anthropic`
    expect(await logIn(server, { configDir, before: AS_NOBODY })).toMatchObject({ code: 0 })
    expect(await runTool(['token'], { configDir, before: AS_NOBODY })).toMatchObject({ code: 0 })
    expect(statSync(configDir).mode & 0o777).toBe(0o700)
  })
})

describe('anthropic-auth, with what the server says about a login', { timeout: WATCHDOG_MS }, () => {
  it('keeps a login whose account is on hold, and shows the link', async () => {
    const { configDir, emulator: server, tokens } = await logInto()
    server.setAccountOnHold(true)
    const { code, stderr } = await runTool(['refresh'], { configDir })
    expect(code).toBe(4)
    expect(stderr).toMatch(/\nMore information: https:\/\/claude\.ai\/restricted\S*\n/)
    expect(readProfile(configDir, 'credentials')['refresh_token']).toBe(tokens.refreshToken)
    server.setAccountOnHold(false)
    expect(await runTool(['refresh'], { configDir })).toMatchObject({ code: 0 })
  })

  it('ends with 3 for a refresh token that is refused with 403', async () => {
    const { configDir, emulator: server } = await logInto()
    server.faults.always('token', { type: 'body', status: 403, body: '{"error":"invalid_grant"}' })
    expect(await runTool(['refresh'], { configDir })).toMatchObject({ code: 3 })
  })

  it('shows when the login ends, and warns in its last seven days', async () => {
    const far = await logInto({ loginLifetimeSeconds: 20 * 86_400 })
    const status = await runTool(['status'], { configDir: far.configDir })
    expect(status.stderr).toBe('')
    expect(status.stdout).toMatch(/^Login ends +in (20 d|19 d 23 h) \(/m)
    const near = await logInto({ loginLifetimeSeconds: 6 * 86_400 })
    const warned = await runTool(['status'], { configDir: near.configDir })
    expect(warned.code).toBe(0)
    expect(warned.stderr).toMatch(
      /^Warning: This login ends in (6 d|5 d 23 h) .*\. Run: anthropic-auth login --profile default\n$/,
    )
    const json = await runTool(['status', '--json'], { configDir: near.configDir })
    expect(JSON.parse(json.stdout)).toMatchObject({
      refreshTokenExpiresAt: near.tokens.refreshTokenExpiresAt,
      isRenewable: true,
    })
  })

  it('keeps the end of the login through a refresh', async () => {
    const { configDir, tokens } = await logInto({ loginLifetimeSeconds: 20 * 86_400 })
    await runTool(['refresh'], { configDir })
    const saved = readProfile(configDir, 'credentials')['refresh_token_expires_at']
    expect(Math.abs(Number(saved) - Number(tokens.refreshTokenExpiresAt))).toBeLessThan(60)
  })

  it('ends with 3 when the login has ended', async () => {
    const configDir = temporaryFolder()
    const ended = { access_token: 'a', refresh_token: 'r', expires_at: 1_700_000_000 }
    writeProfile(configDir, 'credentials', { ...ended, refresh_token_expires_at: 1_700_000_000 })
    const { code, stdout } = await runTool(['status'], { configDir })
    expect(code).toBe(3)
    expect(stdout).toMatch(/^Access token .*, log in again$/m)
    expect(stdout).toMatch(/^Login ended .* ago \(2023-11-14 22:13 UTC\)$/m)
  })

  it('refuses a login into another organization, revokes it, and saves nothing', async () => {
    const server = await startTestEmulator()
    const configDir = temporaryFolder()
    const asked = '11111111-2222-4333-8444-555555555555'
    server.faults.next('token', { type: 'other_organization' })
    const { code, stderr } = await logIn(server, { configDir }, ['--organization', asked])
    expect(code).toBe(4)
    expect(stderr).toContain(asked)
    expect(countOf(server, REVOKE)).toBe(1)
    expect(existsSync(profilePath(configDir, 'credentials'))).toBe(false)
  })

  it('shows with --debug what happened to a login, without secrets', async () => {
    const { configDir, emulator: server, tokens } = await logInto()
    server.endLogins()
    const { code, stderr } = await runTool(['refresh', '--debug'], { configDir })
    expect(code).toBe(3)
    expect(stderr).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}adopted {2}refresh token [0-9a-f]{8}/)
    expect(stderr).toMatch(/refused {2}refresh token [0-9a-f]{8}.*reauthentication_required/)
    for (const secret of [tokens.accessToken, tokens.refreshToken ?? '']) {
      expect(stderr).not.toContain(secret.slice(-12))
    }
  })
})
