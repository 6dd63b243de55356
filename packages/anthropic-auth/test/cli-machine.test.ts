import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import type { Emulator, EmulatorOptions } from '@anthropic-auth/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CI_CLAIMS } from '../../federation/test/emulated-federation.ts'
import { startJobTokenEndpoint } from '../../federation/test/job-token-endpoint.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { identityToken } from '../../testing/test/identity-token.ts'
import { diagnose } from './doctor-run.ts'
import { countOf, logInto, profilePath, readProfile, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

vi.setConfig({ testTimeout: 300_000 })

const TOKEN = '/v1/oauth/token'
const ORGANIZATION = '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624'
const RULE = { id: 'fdrl_ci', issuer: CI_CLAIMS.iss, subject: CI_CLAIMS.sub }
const ORDER =
  'ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_PROFILE, federation variables, then the active profile'

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
})

afterEach(() => {
  vi.unstubAllEnvs()
})

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  return startTestEmulator({ federationRules: [RULE], ...options })
}

/** The variables of a machine. */
function variablesAt({ apiUrl }: Emulator): NodeJS.ProcessEnv {
  return {
    ANTHROPIC_BASE_URL: apiUrl,
    ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_ci',
    ANTHROPIC_ORGANIZATION_ID: ORGANIZATION,
    ANTHROPIC_IDENTITY_TOKEN: identityToken(CI_CLAIMS),
  }
}

/** Writes the profile of a machine, as the documentation of the official SDKs describes it. */
function writeMachine({ apiUrl }: Emulator, profile = 'default', changes: object = {}): string {
  const path = join(configDir, `${profile}-identity-token`)
  writeProfile(
    configDir,
    'configs',
    {
      version: '1.0',
      authentication: {
        type: 'oidc_federation',
        federation_rule_id: 'fdrl_ci',
        identity_token: { source: 'file', path },
      },
      base_url: apiUrl,
      organization_id: ORGANIZATION,
      ...changes,
    },
    profile,
  )
  writeFileSync(path, identityToken(CI_CLAIMS))
  return path
}

describe('anthropic-auth token, for a machine', () => {
  it('exchanges the identity token of the variables', async () => {
    const emulator = await start()
    const env = variablesAt(emulator)
    const end = await runTool(['token'], { configDir, env })
    expect(end).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sk-ant-oat01-\S+\n$/), stderr: '' })
    const headers = await runTool(['token', '--header', '--json'], { configDir, env })
    const response = await fetch(`${emulator.apiUrl}/v1/models`, {
      headers: { 'anthropic-version': '2023-06-01', ...(JSON.parse(headers.stdout) as object) },
    })
    expect(response.status).toBe(200)
    expect(existsSync(profilePath(configDir, 'credentials'))).toBe(false)
  })

  it('prefers the settings of a profile to the variables', async () => {
    const emulator = await start()
    writeMachine(emulator)
    const env = {
      ANTHROPIC_PROFILE: 'default',
      ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_other',
      ANTHROPIC_ORGANIZATION_ID: 'another',
      ANTHROPIC_WORKSPACE_ID: 'default',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
    }
    expect(await runTool(['token'], { configDir, env })).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(emulator.requests[0]?.body ?? '')).toMatchObject({
      federation_rule_id: 'fdrl_ci',
      organization_id: ORGANIZATION,
      workspace_id: 'default',
    })
  })

  it('keeps the token in the profile, where the official SDK finds it', async () => {
    const emulator = await start()
    writeMachine(emulator)
    const { stdout } = await runTool(['token'], { configDir })
    expect(await runTool(['token'], { configDir })).toMatchObject({ stdout })
    expect(readProfile(configDir, 'credentials')).toMatchObject({
      type: 'oauth_token',
      access_token: stdout.trim(),
    })
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', configDir)
    expect((await new Anthropic({}).models.list()).data.length).toBeGreaterThan(0)
    expect(countOf(emulator, TOKEN)).toBe(1)
  })

  it.each(['the config', 'a variable'])(
    'does not use a kept token of another host that %s names',
    async (source) => {
      const [issuer, other] = [await start(), await start()]
      writeMachine(issuer)
      const kept = await runTool(['token', '--profile', 'default'], { configDir })
      if (source === 'the config') writeMachine(other)
      else writeMachine(other, 'default', { base_url: undefined })
      const env = source === 'the config' ? {} : { ANTHROPIC_BASE_URL: other.apiUrl }
      const { code, stdout } = await runTool(['token', '--profile', 'default'], { configDir, env })
      expect([code, stdout === kept.stdout]).toEqual([0, false])
      expect([countOf(issuer, TOKEN), countOf(other, TOKEN)]).toEqual([1, 1])
      // The new token is kept for the host that issued it.
      expect((await runTool(['token', '--profile', 'default'], { configDir, env })).stdout).toBe(stdout)
    },
  )

  it('uses the token that the official SDK has kept', async () => {
    const emulator = await start()
    writeMachine(emulator)
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', configDir)
    await new Anthropic({}).models.list()
    const { stdout } = await runTool(['token'], { configDir })
    expect(stdout.trim()).toBe(readProfile(configDir, 'credentials')['access_token'])
    expect(countOf(emulator, TOKEN)).toBe(1)
  })

  it('exchanges again for --min-ttl, and warns when even the new token is too short', async () => {
    const emulator = await start({ tokenLifetimeSeconds: 3600 })
    writeMachine(emulator)
    const first = await runTool(['token'], { configDir })
    const enough = await runTool(['token', '--min-ttl', '30m'], { configDir })
    expect(enough).toEqual(first)
    const second = await runTool(['token', '--min-ttl', '2h'], { configDir })
    expect(second.stdout).not.toBe(first.stdout)
    expect(second.stderr).toBe('Warning: The server issued a token that is valid for only 1 h.\n')
  })

  it("prints a token that is still valid when it can't be replaced, but not with --min-ttl", async () => {
    const emulator = await start({ tokenLifetimeSeconds: 60 })
    writeMachine(emulator)
    const first = await runTool(['token'], { configDir })
    emulator.faults.always('token', { type: 'html', status: 502 })
    const again = await runTool(['token'], { configDir })
    expect(again).toMatchObject({ code: 0, stdout: first.stdout })
    expect(again.stderr).toContain('Warning: Could not get a new token, but the current one is still valid')
    expect(await runTool(['token', '--min-ttl', '2m'], { configDir })).toMatchObject({ code: 6, stdout: '' })
  })

  it("prints a token that it can't keep", async () => {
    const emulator = await start()
    writeMachine(emulator)
    writeProfile(configDir, 'credentials', { access_token: 'a' })
    chmodSync(profilePath(configDir, 'credentials'), 0o666)
    const end = await runTool(['token'], { configDir })
    expect(end).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sk-ant-oat01-\S+\n$/) })
    expect(end.stderr).toContain("Warning: The access token was not saved to profile 'default'")
  })

  it('requests the identity token of a GitHub Actions job', async () => {
    const emulator = await start()
    const { environment, requests } = await startJobTokenEndpoint()
    const env = { ...variablesAt(emulator), ANTHROPIC_IDENTITY_TOKEN: '', ...environment }
    expect(await runTool(['token'], { configDir, env })).toMatchObject({ code: 0, stderr: '' })
    expect(requests).toHaveLength(1)
  })

  it('names the missing variable when there is no login either', async () => {
    const emulator = await start()
    for (const [name, named] of [
      ['ANTHROPIC_ORGANIZATION_ID', 'ANTHROPIC_ORGANIZATION_ID'],
      ['ANTHROPIC_IDENTITY_TOKEN', 'ANTHROPIC_IDENTITY_TOKEN_FILE'],
    ] as const) {
      const env = { ...variablesAt(emulator), [name]: '' }
      const { code, stderr } = await runTool(['token'], { configDir, env })
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`ANTHROPIC_FEDERATION_RULE_ID is set, but ${named} is not`),
      ])
    }
  })

  it('names the setting that a profile lacks', async () => {
    const emulator = await start()
    writeMachine(emulator, 'default', { organization_id: undefined })
    const { code, stderr } = await runTool(['token'], { configDir })
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("Profile 'default' is incomplete, and ANTHROPIC_ORGANIZATION_ID is not set"),
    ])
    writeMachine(emulator, 'default', { authentication: { type: 'oidc_federation' } })
    expect((await runTool(['token'], { configDir })).stderr).toContain('has no federation_rule_id')
  })

  it('says where to look when the server refuses the identity token, and never shows it', async () => {
    const emulator = await start({ federationRules: [{ ...RULE, subject: 'repo:octo/other' }] })
    const env = variablesAt(emulator)
    for (const args of [['token'], ['token', '--json', '--debug'], ['status', '--check']]) {
      const { code, stdout, stderr } = await runTool(args, { configDir, env })
      expect([args, code, stdout]).toEqual([args, 6, ''])
      expect(stderr).toContain('Check that the federation rule matches')
      expect(stderr).toContain('If the rule covers several workspaces, name one: ANTHROPIC_WORKSPACE_ID.')
      expect(stderr).toContain('Workload identity page of the Claude Console')
      expect(stderr).not.toContain(String(env['ANTHROPIC_IDENTITY_TOKEN']).slice(0, 12))
    }
  })
})

describe("a user's login beside the variables of a machine", () => {
  it('is used only when a profile is named, as by the official SDKs', async () => {
    const { emulator, tokens } = await logInto({ configDir, federationRules: [RULE] })
    const env = variablesAt(emulator)
    const machine = await runTool(['token'], { configDir, env })
    expect(machine.stdout.trim()).not.toBe(tokens.accessToken)
    const named = await runTool(['token', '--profile', 'default'], { configDir, env })
    expect(named.stdout.trim()).toBe(tokens.accessToken)
    const byVariable = await runTool(['token'], { configDir, env: { ...env, ANTHROPIC_PROFILE: 'default' } })
    expect(byVariable.stdout.trim()).toBe(tokens.accessToken)
    const list = await runTool(['list'], { configDir, env })
    expect(list.stderr).toContain('The federation variables are set, so the official SDKs use them')
  })

  it('is used while the variables are incomplete', async () => {
    const { emulator, tokens } = await logInto({ configDir })
    const env = { ...variablesAt(emulator), ANTHROPIC_IDENTITY_TOKEN: '' }
    expect((await runTool(['token'], { configDir, env })).stdout.trim()).toBe(tokens.accessToken)
  })
})

describe('--base-url, for a machine', () => {
  it('neither gets the token that the profile keeps for its own host, nor leaves one there', async () => {
    const [emulator, other] = [await start(), await start()]
    writeMachine(emulator, 'ci')
    const token = async (...flags: readonly string[]): Promise<string> =>
      (await runTool(['token', '--profile', 'ci', ...flags], { configDir })).stdout
    const own = await token()
    const elsewhere = await token('--base-url', other.apiUrl)
    expect([countOf(emulator, TOKEN), countOf(other, TOKEN)]).toEqual([1, 1])
    expect(elsewhere).not.toBe(own)
    expect(await token()).toBe(own)
    expect(await token('--base-url', `${emulator.apiUrl}/`)).toBe(own)
  })
})

describe('anthropic-auth status, for a machine', () => {
  it('shows the variables, and sends nothing', async () => {
    const emulator = await start()
    const { code, stdout, stderr } = await runTool(['status'], { configDir, env: variablesAt(emulator) })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n')).toEqual([
      'Status           a machine (to see whether it can log in, add --check)',
      'Profile          none: the federation variables are set',
      'Rule             fdrl_ci',
      `Organization     ${ORGANIZATION}`,
      'Service account  from the rule',
      'Workspace        from the rule',
      'Identity token   ANTHROPIC_IDENTITY_TOKEN',
      `Host             ${emulator.apiUrl}`,
      'Access token     none saved, issued at the next use',
      'SDKs use         the same variables',
      `SDKs check       ${ORDER}`,
      '',
    ])
    expect(emulator.requests).toHaveLength(0)
  })

  it('shows a profile, and with --check asks the server', async () => {
    const emulator = await start()
    const path = writeMachine(emulator, 'ci')
    const args = ['status', '--profile', 'ci', '--check', '--json']
    const { code, stdout } = await runTool(args, { configDir })
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        type: 'federation',
        profile: 'ci',
        federationRuleId: 'fdrl_ci',
        organizationId: ORGANIZATION,
        serviceAccountId: null,
        workspaceId: null,
        identityToken: `${path} (profile)`,
        baseUrl: emulator.apiUrl,
        expiresAt: expect.any(Number),
        sdkCredential: { type: 'profile', source: 'active profile', profile: 'default' },
        sdkOrder: [
          'ANTHROPIC_API_KEY',
          'ANTHROPIC_AUTH_TOKEN',
          'ANTHROPIC_PROFILE',
          'federation variables',
          'active profile',
        ],
        isChecked: true,
      },
    ])
    expect(emulator.requests.map((request) => request.path)).toEqual([TOKEN, '/v1/models?limit=1'])
  })

  it('warns of a key that the official SDKs take first', async () => {
    const emulator = await start()
    const env = { ...variablesAt(emulator), ANTHROPIC_API_KEY: 'a-key' }
    const { stdout, stderr } = await runTool(['status'], { configDir, env })
    expect(stdout).toContain('the key in ANTHROPIC_API_KEY')
    expect(stderr).toContain('ANTHROPIC_API_KEY is set')
  })
})

describe('anthropic-auth list, with the profile of a machine', () => {
  it('shows its organization', async () => {
    const emulator = await start()
    writeMachine(emulator, 'ci')
    const { stdout } = await runTool(['list', '--json'], { configDir })
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ profile: 'ci', type: 'federation', organization: ORGANIZATION }),
    )
  })
})

describe('anthropic-auth run, for a machine', () => {
  /** Prints the credentials that the official SDK would find. */
  const PRINT = [
    process.execPath,
    '--print',
    `JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('ANTHROPIC_'))))`,
  ]

  it('leaves the variables to the official SDK, and removes keys that would take precedence', async () => {
    const emulator = await start()
    const env = variablesAt(emulator)
    const { code, stdout } = await runTool(['run', '--', ...PRINT], {
      configDir,
      env: { ...env, ANTHROPIC_API_KEY: 'a-key' },
    })
    expect([code, JSON.parse(stdout)]).toEqual([0, { ...env, ANTHROPIC_CONFIG_DIR: configDir }])
  })

  it('names the profile to the official SDK', async () => {
    const emulator = await start()
    writeMachine(emulator, 'ci')
    const { code, stdout } = await runTool(['run', '--profile', 'ci', '--', ...PRINT], { configDir })
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { ANTHROPIC_PROFILE: 'ci', ANTHROPIC_CONFIG_DIR: configDir },
    ])
  })

  it.each([
    ['with --token', ['--token'], {}],
    [
      'in GitHub Actions, where the official SDK finds no identity token',
      [],
      { ANTHROPIC_IDENTITY_TOKEN: '' },
    ],
  ])('gives an access token %s', async (_, flags, change) => {
    const emulator = await start()
    const { environment } = await startJobTokenEndpoint()
    const env = { ...variablesAt(emulator), ...environment, ...change }
    const { stdout } = await runTool(['run', ...flags, '--', ...PRINT], { configDir, env })
    expect(JSON.parse(stdout)).toMatchObject({
      ANTHROPIC_AUTH_TOKEN: expect.stringMatching(/^sk-ant-oat01-/),
      ANTHROPIC_CUSTOM_HEADERS: 'anthropic-beta: oauth-2025-04-20',
      ANTHROPIC_BASE_URL: emulator.apiUrl,
    })
  })

  it("starts nothing when the machine can't log in", async () => {
    const emulator = await start({ federationRules: [] })
    const { code, stdout } = await runTool(['run', '--', ...PRINT], { configDir, env: variablesAt(emulator) })
    expect([code, stdout]).toEqual([6, ''])
  })
})

describe('anthropic-auth doctor, for a machine', () => {
  const CHECKS = ['identity_token', 'environment', 'proxy', 'api_host', 'clock']

  it('checks what a machine needs: its profile, its identity token and the host of the API', async () => {
    const emulator = await start()
    const path = writeMachine(emulator)
    const { code, all, bad } = await diagnose({ configDir })
    expect([code, bad]).toEqual([0, []])
    expect(all.map(({ check }) => check)).toEqual([
      'runtime',
      'profiles_folder',
      'permissions',
      'profile',
      'temporary_files',
      'lock',
      ...CHECKS,
    ])
    const messages = Object.fromEntries(all.map(({ check, message }) => [check, message]))
    expect(messages).toMatchObject({
      profile: "'default', for a machine",
      identity_token: `${path} (profile)`,
      api_host: `${emulator.apiUrl} responds (base_url of profile 'default')`,
    })
    expect(emulator.requests.map((request) => request.path)).toEqual(['/v1/models'])
  })

  it('needs no profile when the variables are set', async () => {
    const { code, all, bad } = await diagnose({ configDir, env: variablesAt(await start()) })
    expect([code, bad]).toEqual([0, []])
    expect(all.map(({ check }) => check)).toEqual(['runtime', 'profile', ...CHECKS])
  })

  it.each<[string, string | null, string]>([
    ['is missing', null, "can't be read (ENOENT)"],
    ['is empty', '', 'is empty'],
    ['is no JWT', 'a-secret-value', 'does not contain a JWT'],
    ['has claims that are not JSON', 'a.secret.value', 'does not contain a JWT'],
    ['is too large', `a.${'b'.repeat(16_384)}.c`, 'has 17 KiB'],
    ['has expired', identityToken({ ...CI_CLAIMS, exp: 1_700_000_000 }), 'expired'],
  ])('finds an identity token that %s', async (_, content, message) => {
    const path = writeMachine(await start())
    if (content === null) rmSync(path)
    else writeFileSync(path, content)
    const { code, bad, output } = await diagnose({ configDir })
    expect(bad).toMatchObject([{ check: 'identity_token', status: 'problem' }])
    expect(bad[0]?.message).toContain(message)
    expect(code).toBeGreaterThan(0)
    expect(output).not.toMatch(/secret|b{20}|eyJhbG/)
  })

  it('names the variable that is missing', async () => {
    writeMachine(await start(), 'default', { organization_id: undefined })
    const { code, bad } = await diagnose({ configDir })
    expect(bad).toMatchObject([
      { check: 'profile', message: expect.stringContaining('ANTHROPIC_ORGANIZATION_ID') },
    ])
    expect(code).toBe(2)
  })
})

describe('a command for the login of a user', () => {
  it.each(['refresh', 'logout', 'create-key', 'login --no-browser'])(
    '%s refuses the profile of a machine, and leaves it',
    async (command) => {
      writeMachine(await start(), 'ci')
      const before = readProfile(configDir, 'configs', 'ci')
      const { code, stderr } = await runTool([...command.split(' '), '--profile', 'ci'], { configDir })
      expect(code).toBe(8)
      expect(stderr).toContain('configs/ci.json is for a machine, not for the login of a user.')
      expect(stderr).toContain('run: anthropic-auth token --profile ci\n')
      expect(readProfile(configDir, 'configs', 'ci')).toEqual(before)
    },
  )
})
