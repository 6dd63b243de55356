import { mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  type AccessTokenProvider,
  OAuthClient,
  type TokenProvider,
  type TokenSet,
} from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CI_CLAIMS } from '../packages/federation/test/emulated-federation.ts'
import { startJobTokenEndpoint } from '../packages/federation/test/job-token-endpoint.ts'
import { identityToken } from '../packages/testing/test/identity-token.ts'
import { startProgram } from './test/program.ts'
import { importRecipe, recipePage, recipeProgram } from './test/recipe.ts'

vi.setConfig({ testTimeout: 300_000 })

const MESSAGE = 'This is the emulator: your token or key was accepted.'
const CERTIFICATES = join(import.meta.dirname, 'test/machine-certificates')

let folder: string
let emulator: Emulator
let client: OAuthClient

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipes-'))
  emulator = await startEmulator({
    federationRules: [{ id: 'fdrl_ci', issuer: CI_CLAIMS.iss, subject: CI_CLAIMS.sub }],
    clients: [{ id: 'an-extension', redirectUris: ['vscode://publisher.extension/callback'] }],
  })
  client = new OAuthClient({ endpoints: emulator.endpoints })
  vi.stubEnv('ANTHROPIC_BASE_URL', emulator.apiUrl)
  vi.stubEnv('ANTHROPIC_CONFIG_DIR', join(folder, 'profiles'))
  vi.stubEnv('ANTHROPIC_API_KEY', undefined)
  vi.stubEnv('ANTHROPIC_AUTH_TOKEN', undefined)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await emulator.close()
  await rm(folder, { recursive: true })
})

/** The settings of a machine's program: a rule, and its identity token. */
function beMachine(): void {
  vi.stubEnv('ANTHROPIC_FEDERATION_RULE_ID', 'fdrl_ci')
  vi.stubEnv('ANTHROPIC_ORGANIZATION_ID', 'an-organization')
  vi.stubEnv('ANTHROPIC_IDENTITY_TOKEN', identityToken(CI_CLAIMS))
}

async function expectAnswer(program: string): Promise<void> {
  const { code, output } = await startProgram(program).ended
  expect(output).toContain(MESSAGE)
  expect(code).toBe(0)
}

/** Logs in to a profile, as `anthropic-auth login --base-url` does. */
async function logInToProfile(profile: string): Promise<void> {
  const flow = client.startFlow('console')
  const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
  await createProfileStore({ profile, baseUrl: emulator.apiUrl }).save(tokens)
}

function requestsTo(path: string): number {
  return emulator.requests.filter((each) => each.path === path).length
}

describe('the official SDK', () => {
  it("works with a user's login in a profile", async () => {
    await logInToProfile('work')
    await expectAnswer(recipeProgram('official-sdk', 0))
  })

  it("works with a machine's identity", async () => {
    beMachine()
    await expectAnswer(recipeProgram('official-sdk', 1))
  })
})

describe('plain fetch', () => {
  it('works', async () => {
    beMachine()
    await expectAnswer(recipeProgram('plain-fetch'))
  })
})

describe('GitHub Actions', () => {
  it('runs the program of the workflow with only its variables and its permission', async () => {
    const page = recipePage('github-actions')
    expect(page).toMatch(/^ {2}id-token: write/m)
    const variables = [...page.matchAll(/^ {6}(ANTHROPIC_\w+): \$\{\{ vars\.(\w+) \}\}/gm)]
    expect(variables.map(([, name, variable]) => [name, variable])).toEqual(
      ['FEDERATION_RULE_ID', 'ORGANIZATION_ID', 'WORKSPACE_ID'].map((name) => [
        `ANTHROPIC_${name}`,
        `ANTHROPIC_${name}`,
      ]),
    )
    beMachine()
    vi.stubEnv('ANTHROPIC_IDENTITY_TOKEN', undefined)
    // This variable is missing in the repository.
    vi.stubEnv('ANTHROPIC_WORKSPACE_ID', '')
    const { environment, requests } = await startJobTokenEndpoint()
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    await expectAnswer(recipeProgram('plain-fetch'))
    expect(requests).toHaveLength(1)
  })

  it('says which permission is missing', async () => {
    beMachine()
    vi.stubEnv('ANTHROPIC_IDENTITY_TOKEN', undefined)
    const { code, output } = await startProgram(recipeProgram('plain-fetch')).ended
    expect(output).toContain('id-token: write')
    expect(code).toBe(1)
  })
})

describe('Kubernetes', () => {
  it('logs in with the token that the manifest projects, before and after it is replaced', async () => {
    const manifest = /```yaml\n([^]*?)```/.exec(recipePage('kubernetes'))?.[1] ?? ''
    const valueOf = (pattern: RegExp): string => pattern.exec(manifest)?.[1] ?? ''
    const path = valueOf(/name: ANTHROPIC_IDENTITY_TOKEN_FILE\n\s+value: (\S+)/)
    expect(dirname(path)).toBe(valueOf(/mountPath: (\S+)/))
    expect(basename(path)).toBe(valueOf(/expirationSeconds: 3600\n\s+path: (\S+)/))
    expect(valueOf(/audience: (\S+)/)).toBe('https://api.anthropic.com')

    beMachine()
    vi.stubEnv('ANTHROPIC_IDENTITY_TOKEN', undefined)
    vi.stubEnv('ANTHROPIC_IDENTITY_TOKEN_FILE', join(folder, path))
    await mkdir(dirname(join(folder, path)), { recursive: true })
    for (const pod of ['pod-1', 'pod-2']) {
      await project(join(folder, path), identityToken({ ...CI_CLAIMS, jti: pod }))
      await expectAnswer(recipeProgram('plain-fetch'))
    }
    const bodies = emulator.requests.map(({ body }) => body).filter((body) => body.includes('jwt-bearer'))
    expect(new Set(bodies).size).toBe(2)
  })

  /** Writes new data into a new folder and moves a link to it, as the kubelet does. */
  async function project(path: string, token: string): Promise<void> {
    const data = await mkdtemp(join(dirname(path), '..data-'))
    await writeFile(join(data, basename(path)), token)
    await symlink(data, join(dirname(path), '..data_tmp'))
    await rename(join(dirname(path), '..data_tmp'), join(dirname(path), '..data'))
    await symlink(join('..data', basename(path)), path).catch(() => undefined)
  }
})

describe('VS Code', () => {
  const opens: string[] = []
  const Uri = { parse: (value: string) => ({ query: new URL(value).search.slice(1), toString: () => value }) }
  type Parsed = ReturnType<typeof Uri.parse>

  it('logs in through the browser of the user, with the default client', async () => {
    const { logIn } = await importRecipe<{
      logIn: (vscode: object, client: OAuthClient) => Promise<TokenSet>
    }>('vscode', 0)
    const openExternal = async (uri: Parsed): Promise<boolean> => {
      emulator.visit(uri.toString()).catch(() => undefined)
      return true
    }
    const showInputBox = async (): Promise<string> => new Promise(() => undefined)
    const tokens = await logIn({ Uri, env: { openExternal }, window: { showInputBox } }, client)
    expect(tokens.account?.email).toBe('person@example.com')
  })

  it('ends when the user closes the input box', async () => {
    const { logIn } = await importRecipe<{
      logIn: (vscode: object, client: OAuthClient) => Promise<TokenSet>
    }>('vscode', 0)
    const openExternal = async (): Promise<boolean> => true
    const showInputBox = async (): Promise<undefined> => undefined
    await expect(logIn({ Uri, env: { openExternal }, window: { showInputBox } }, client)).rejects.toThrow(
      'The user closed the input',
    )
  })

  it('logs in with a redirect to its own URI and its own client', async () => {
    const { logInByUri } = await importRecipe<{
      logInByUri: (vscode: object, client: OAuthClient) => Promise<TokenSet>
    }>('vscode', 1)
    let handler: { handleUri(uri: Parsed): void } | null = null
    const vscode = {
      Uri,
      env: {
        uriScheme: 'vscode',
        asExternalUri: async (uri: Parsed): Promise<Parsed> => uri,
        openExternal: async (uri: Parsed): Promise<boolean> => {
          opens.push(uri.toString())
          const redirectUrl = await emulator.approve(uri.toString())
          handler?.handleUri(Uri.parse(redirectUrl))
          return true
        },
      },
      window: {
        registerUriHandler: (given: typeof handler) => {
          handler = given
          return { dispose: () => (handler = null) }
        },
      },
    }
    const own = new OAuthClient({ endpoints: emulator.endpoints, clientId: 'an-extension' })
    const tokens = await logInByUri(vscode, own)
    expect(tokens.clientId).toBe('an-extension')
    expect(new URL(opens[0] ?? '').searchParams.get('redirect_uri')).toBe(
      'vscode://publisher.extension/callback',
    )
    expect(handler).toBeNull()
  })
})

describe('Electron', () => {
  it('logs in once, and keeps the login in a file that safeStorage encrypts', async () => {
    const { openLogin } = await importRecipe<{
      openLogin: (electron: object, client: OAuthClient) => Promise<TokenProvider>
    }>('electron')
    let opened = 0
    const electron = {
      app: { getPath: () => folder },
      shell: {
        openExternal: async (url: string): Promise<void> => {
          opened += 1
          emulator.visit(url).catch(() => undefined)
        },
      },
      safeStorage: {
        isEncryptionAvailable: () => true,
        encryptString: (plain: string) => Buffer.from(plain).map((byte) => byte ^ 1),
        decryptString: (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 1)).toString(),
      },
    }
    const { token } = await (await openLogin(electron, client))()
    const again = await (await openLogin(electron, client))()
    expect([again.token, opened]).toEqual([token, 1])
  })
})

describe('one login for many machines', () => {
  /** Sends a request over the socket, as curl does. */
  async function ask(socketPath: string, path: string): Promise<unknown> {
    const body = await new Promise<string>((resolve, reject) => {
      request({ socketPath, path }, (response) => {
        text(response).then(resolve, reject)
      })
        .on('error', reject)
        .end()
    })
    return JSON.parse(body)
  }

  async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await call()
      } catch (error) {
        if (attempt === 600) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  async function freePort(): Promise<number> {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => {
      server.close(resolve)
    })
    return port
  }

  it('serves a Unix socket that only its user can open, and refreshes once for all', async () => {
    await logInToProfile('default')
    const socket = join(folder, 'claude.sock')
    const program = startProgram(recipeProgram('shared-login', 0), [socket])
    const first = await untilAnswered(async () => ask(socket, '/token'))
    expect(first).toEqual({ token: expect.stringMatching(/^sk-ant-oat01-/), expiresAt: expect.any(Number) })
    expect((await stat(socket)).mode & 0o777).toBe(0o600)
    const before = requestsTo('/v1/oauth/token')
    const forced = await Promise.all(Array.from({ length: 20 }, async () => ask(socket, '/token?refresh')))
    expect(new Set(forced.map((token) => JSON.stringify(token))).size).toBe(1)
    expect(forced[0]).not.toEqual(first)
    expect(requestsTo('/v1/oauth/token') - before).toBe(1)
    program.interrupt()
    await program.ended
  })

  it('serves only machines with a certificate of its authority', async () => {
    await logInToProfile('default')
    const port = await freePort()
    const program = startProgram(recipeProgram('shared-login', 0), [String(port), CERTIFICATES])
    const { tokenServer } = await importRecipe<{
      tokenServer: (url: string, certificates: string) => AccessTokenProvider
    }>('shared-login', 1)
    const provider = tokenServer(`https://127.0.0.1:${port}`, CERTIFICATES)
    const { token } = await untilAnswered(async () => provider())
    expect(await provider()).toMatchObject({ token })
    expect((await provider({ forceRefresh: true })).token).not.toBe(token)
    await expect(fetch(`https://127.0.0.1:${port}/token`)).rejects.toThrow('fetch failed')
    program.interrupt()
    await program.ended
  })
})
