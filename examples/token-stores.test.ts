import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import Anthropic from '@anthropic-ai/sdk'
import { allowAccess } from './test/user.ts'
import { type Program, startProgram } from './test/program.ts'
import { type RealService, startRealService } from './test/real-service.ts'
import { hasRedisServer, type RedisServer, startRedisServer } from './test/redis-server.ts'
import { hasSecretService, type SecretService, startSecretService } from './test/secret-service.ts'

// The tests start processes, and derive keys, which is slow on purpose.
vi.setConfig({ testTimeout: 300_000 })

const LINK = /^https?:\/\/\S+$/m
/** A whole token or key, not only its beginning. */
const WHOLE_SECRET = /sk-ant-[a-z]+\d+-[\w-]{20,}/
const MODELS = 'Available models: claude-opus-5-5, claude-sonnet-5-5, claude-haiku-5-5\n'
const PASSPHRASE = 'correct horse battery staple'

/** The programs with an emulator of their own derive keys at the real cost. */
const CHEAP_KEYS = `--import=${new URL('test/cheap-keys.ts', import.meta.url).href}`

let home: string
let service: RealService
let nodeArgs: readonly string[]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'examples-'))
  vi.stubEnv('HOME', home)
  vi.stubEnv('ANTHROPIC_CONFIG_DIR', join(home, 'profiles'))
  vi.stubEnv('TOKENS_PASSPHRASE', PASSPHRASE)
  // Tokens that the next start has to refresh.
  service = await startRealService(60)
  nodeArgs = [...service.nodeArgs, CHEAP_KEYS]
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await service.emulator.close()
  await rm(home, { recursive: true })
})

/** Starts a program that has to ask for a login, and logs in. */
async function expectLogin(name: string): Promise<void> {
  const program = startProgram(name, [], nodeArgs)
  await logInWhenAsked(program, service.allowAccess)
  await expectModels(program)
}

/** Starts a program that has a login, and so asks for none. */
async function expectNoLogin(name: string): Promise<void> {
  const { output } = await expectModels(startProgram(name, [], nodeArgs))
  expect(output).not.toContain('Open this link')
}

/** Starts a program twice with an emulator of its own: the second start doesn't know the first one's tokens. */
async function expectLoginOnEmulatorTwice(name: string): Promise<void> {
  for (let start = 0; start < 2; start += 1) {
    const program = startProgram(name, ['--emulator'])
    await logInWhenAsked(program, allowAccess)
    await expectModels(program)
  }
}

async function logInWhenAsked(program: Program, allow: (link: string) => Promise<string>): Promise<void> {
  const [link] = await program.outputs(LINK)
  await program.outputs(/Paste the code/)
  program.type(await allow(link))
}

async function expectModels(program: Program): Promise<{ output: string }> {
  const { code, output } = await program.ended
  expect(output).toContain(MODELS)
  expect(output).not.toMatch(WHOLE_SECRET)
  expect(code).toBe(0)
  return { output }
}

/** Starts a program that must fail, and expects that it says why, without a stack and without a secret. */
async function expectRefusal(name: string, reason: string): Promise<void> {
  const { code, output } = await startProgram(name, [], nodeArgs).ended
  expect(output).toContain(reason)
  expect(output).toContain('store_failed')
  expect(output).not.toContain('    at ')
  expect(output).not.toMatch(WHOLE_SECRET)
  expect(code).toBe(1)
}

/** How many times each refresh token was sent. */
function refreshes(): number[] {
  const counts = new Map<string, number>()
  for (const { path, body } of service.emulator.requests) {
    if (!path.endsWith('/token')) continue
    const { refresh_token: token } = JSON.parse(body) as { refresh_token?: string }
    if (token !== undefined) counts.set(token, (counts.get(token) ?? 0) + 1)
  }
  return [...counts.values()]
}

describe.skipIf(!hasSecretService)('keychain.ts', () => {
  let secretService: SecretService

  beforeAll(async () => {
    secretService = await startSecretService()
  })
  beforeEach(() => vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', secretService.busAddress))
  afterAll(async () => secretService.stop())

  it('logs in once, and is logged in at its next starts', async () => {
    await expectLogin('keychain.ts')
    await expectNoLogin('keychain.ts')
    await expectNoLogin('keychain.ts')
    expect(refreshes()).toEqual([1, 1, 1])
  })

  it('logs in to an emulator of its own', async () => expectLoginOnEmulatorTwice('keychain.ts'))

  it('says so when there is no Secret Service', async () => {
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', `unix:path=${join(home, 'nowhere')}`)
    await expectRefusal('keychain.ts', 'DBus error')
  })
})

describe('encrypted-file.ts', () => {
  it('logs in once, and is logged in at its next starts', async () => {
    await expectLogin('encrypted-file.ts')
    await expectNoLogin('encrypted-file.ts')
    await expectNoLogin('encrypted-file.ts')
    expect(refreshes()).toEqual([1, 1, 1])
  })

  it('logs in to an emulator of its own', async () => expectLoginOnEmulatorTwice('encrypted-file.ts'))

  it('asks for the passphrase, refuses a wrong one, and keeps the file', async () => {
    await expectLogin('encrypted-file.ts')
    const path = join(home, '.anthropic-auth-example', 'tokens')
    const before = await readFile(path)
    vi.stubEnv('TOKENS_PASSPHRASE', 'wrong')
    await expectRefusal('encrypted-file.ts', 'the passphrase is wrong')
    expect(await readFile(path)).toEqual(before)

    vi.stubEnv('TOKENS_PASSPHRASE', undefined)
    const program = startProgram('encrypted-file.ts', [], nodeArgs)
    await program.outputs(/Passphrase/)
    program.type(PASSPHRASE)
    const { output } = await expectModels(program)
    expect(output).not.toContain(PASSPHRASE)
  })

  it('refuses a damaged file, and keeps it', async () => {
    await expectLogin('encrypted-file.ts')
    const path = join(home, '.anthropic-auth-example', 'tokens')
    await writeFile(path, 'damaged')
    await expectRefusal('encrypted-file.ts', 'move the file away and log in again')
    expect(await readFile(path, 'utf8')).toBe('damaged')
  })
})

describe.skipIf(!hasRedisServer)('redis.ts', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedisServer()
  })
  beforeEach(() => vi.stubEnv('REDIS_URL', server.url))
  afterAll(async () => server.stop())

  it('logs in once, and is logged in at its next starts', async () => {
    await expectLogin('redis.ts')
    await expectNoLogin('redis.ts')
    await expectNoLogin('redis.ts')
    expect(refreshes()).toEqual([1, 1, 1])
  })

  it('logs in to an emulator of its own', async () => expectLoginOnEmulatorTwice('redis.ts'))

  it('says so when there is no Redis', async () => {
    vi.stubEnv('REDIS_URL', `unix://${join(home, 'nowhere')}`)
    await expectRefusal('redis.ts', 'There is no connection to Redis')
  })

  it('shows no password of an invalid address', async () => {
    vi.stubEnv('REDIS_URL', 'redis://user:pass#word@127.0.0.1')
    const { code, output } = await startProgram('redis.ts').ended
    expect(output).toContain('REDIS_URL is not a valid URL')
    expect(output).not.toContain('pass#word')
    expect(code).toBe(1)
  })
})

describe('official-sdk.ts', () => {
  it('logs in once, and is logged in at its next starts', async () => {
    await expectLogin('official-sdk.ts')
    await expectNoLogin('official-sdk.ts')
    await expectNoLogin('official-sdk.ts')
    expect(refreshes()).toEqual([1, 1, 1])
  })

  it('leaves a login that the official SDK finds by itself', async () => {
    await expectLogin('official-sdk.ts')
    const anthropic = new Anthropic({ profile: 'anthropic-auth-example', baseURL: service.emulator.url })
    const { data } = await anthropic.models.list()
    expect(data.map(({ id }) => id)).toContain('claude-opus-5-5')
  })

  it('logs in to an emulator of its own, and leaves nothing behind', async () => {
    await expectLoginOnEmulatorTwice('official-sdk.ts')
    expect(await readdir(home)).toEqual([])
  })

  it('refuses a damaged profile, and keeps it', async () => {
    await expectLogin('official-sdk.ts')
    const path = join(home, 'profiles', 'credentials', 'anthropic-auth-example.json')
    await writeFile(path, 'damaged')
    await expectRefusal('official-sdk.ts', 'store_failed')
    expect(await readFile(path, 'utf8')).toBe('damaged')
  })
})
