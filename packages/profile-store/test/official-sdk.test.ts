import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Emulator } from '@anthropic-auth/testing'
import { OAuthClient, TokenSet, type TokenStore, createTokenProvider } from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type ChildProgram, startProgram } from './child-program.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

const MESSAGE = /^This is the emulator: your token or key was accepted/
const HOUR_MS = 3_600_000
const TOKEN = '/v1/oauth/token'

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
})

describe('the official SDK, after a login was saved in a profile', { timeout: 60_000 }, () => {
  it('uses it with only ANTHROPIC_CONFIG_DIR', async () => {
    const { emulator } = await logIn({})
    await expectSdkToWork()
    expect(emulator.requests.at(-1)).toMatchObject({ path: '/v1/messages', status: 200 })
    expect(emulator.requests.filter(({ path }) => path === TOKEN)).toHaveLength(1)
  })

  it('uses the active profile', async () => {
    await logIn({ profile: 'work' })
    writeFileSync(join(configDir, 'active_config'), 'work\n')
    await expectSdkToWork()
  })

  it('refreshes tokens that are about to expire, and we read them', async () => {
    const { emulator, store, tokens, client } = await logIn({ tokenLifetimeSeconds: 20 })
    addKey(credentialsPath(), { future: 'kept' })
    await expectSdkToWork()
    await expectRefreshed(store, tokens)
    expect(JSON.parse(readFileSync(credentialsPath(), 'utf8'))).toMatchObject({
      future: 'kept',
      account_email: expect.stringContaining('@'),
    })
    // The tokens of the SDK can be refreshed again: by us, then by the SDK.
    const provider = createTokenProvider(client, { store })
    const { token } = await provider({ forceRefresh: true })
    expect(await store.load()).toMatchObject({ accessToken: token })
    await expectSdkToWork()
    expect(emulator.requests.filter(({ path }) => path === TOKEN).map(statusOf)).toEqual([200, 200, 200, 200])
  })

  it('refreshes tokens that have expired early, and we read them', async () => {
    const clock = { now: Date.now() }
    const { emulator, store, tokens } = await logIn({ now: () => clock.now })
    clock.now += 9 * HOUR_MS
    await expectSdkToWork()
    expect(emulator.requests.slice(-3).map(({ path, status }) => [path, status])).toEqual([
      ['/v1/messages', 401],
      ['/v1/oauth/token', 200],
      ['/v1/messages', 200],
    ])
    await expectRefreshed(store, tokens)
  })
})

// The README describes both cases.
describe('programs of the official SDK that share a profile, and take no lock', { timeout: 120_000 }, () => {
  it('send no refresh when the profile was refreshed ahead of time', async () => {
    const { emulator, store, client, tokens } = await logIn({ tokenLifetimeSeconds: 600 })
    // The SDK refreshes below 30 seconds.
    await store.save(TokenSet.fromJSON({ ...tokens.toJSON(), expiresAt: Math.floor(Date.now() / 1000) + 25 }))
    await createTokenProvider(client, { store })()
    await Promise.all(Array.from({ length: 6 }, expectSdkToWork))
    expect(emulator.requests.filter(({ path }) => path === TOKEN).map(statusOf)).toEqual([200, 200])
  })

  it('end the login when two of them refresh it at once', async () => {
    const { emulator, store, client } = await logIn({ tokenLifetimeSeconds: 20 })
    emulator.faults.next('token', { type: 'delay', ms: 8000 })
    const first = startSdk()
    await vi.waitUntil(() => countTokenRequests(emulator) === 2, { timeout: 60_000 })
    const second = startSdk()
    expect((await second.ended).code).not.toBe(0)
    expect((await first.ended).code).not.toBe(0)
    const statuses = emulator.requests.filter(({ path }) => path === TOKEN).map(statusOf)
    expect(statuses.slice(0, 3)).toEqual([200, 200, 400])
    const provider = createTokenProvider(client, { store })
    await expect(provider({ forceRefresh: true })).rejects.toMatchObject({
      code: 'reauthentication_required',
    })
  })
})

interface Login {
  readonly emulator: Emulator
  readonly client: OAuthClient
  readonly store: Required<TokenStore>
  readonly tokens: TokenSet
}

interface LoginSettings {
  readonly profile?: string
  readonly now?: () => number
  readonly tokenLifetimeSeconds?: number
}

/** A user's login into a profile whose file names the emulator as its server. */
async function logIn({ profile = 'default', ...options }: LoginSettings): Promise<Login> {
  const emulator = await startTestEmulator(options)
  mkdirSync(join(configDir, 'configs'))
  const config = JSON.stringify({ base_url: emulator.apiUrl })
  writeFileSync(join(configDir, 'configs', `${profile}.json`), config, { mode: 0o600 })
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  const flow = client.startFlow('console')
  const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
  const store = createProfileStore({ profile, configDir })
  await store.save(tokens)
  return { emulator, client, store, tokens }
}

function startSdk(): ChildProgram {
  const environment = { PATH: process.env['PATH'], ANTHROPIC_CONFIG_DIR: configDir }
  return startProgram('sdk-process.ts', [], environment)
}

function countTokenRequests({ requests }: Emulator): number {
  return requests.filter(({ path }) => path === TOKEN).length
}

async function expectSdkToWork(): Promise<void> {
  const { code, output, problem } = await startSdk().ended
  expect(problem).toBe('')
  expect(output).toMatch(MESSAGE)
  expect(code).toBe(0)
}

async function expectRefreshed(store: TokenStore, before: TokenSet): Promise<void> {
  const after = await store.load()
  expect(after).toMatchObject({
    accessToken: expect.stringMatching(/^sk-ant-oat01-/),
    refreshToken: expect.stringMatching(/^sk-ant-ort01-/),
    clientId: before.clientId,
    scopes: before.scopes,
    organization: before.organization,
  })
  expect(after?.accessToken).not.toBe(before.accessToken)
  expect(after?.refreshToken).not.toBe(before.refreshToken)
}

function credentialsPath(): string {
  return join(configDir, 'credentials', 'default.json')
}

function addKey(path: string, key: object): void {
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...key }))
}

function statusOf({ status }: { status: number }): number {
  return status
}
