import { writeFileSync } from 'node:fs'
import type { Emulator, EmulatorOptions } from '@anthropic-auth/testing'
import { OAuthClient, type TokenSet } from 'anthropic-auth'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { vi } from 'vitest'
import { type ResponseGate, startResponseGate } from '../../login/test/response-gate.ts'
import { digestOf, leftoverOf } from '@anthropic-auth/profile-store/internal'
import { readProfile, writeProfile } from '../../profile-store/test/profile-on-disk.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { startTool, type ToolEnd, type ToolSurroundings } from './tool-process.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

export { profilePath, readProfile, writeProfile } from '../../profile-store/test/profile-on-disk.ts'

/** A user's login, in a profile whose file names the emulator as its host. */
export interface ToolLogin {
  readonly emulator: Emulator
  readonly tokens: TokenSet
  readonly configDir: string
}

export interface ToolLoginSettings extends EmulatorOptions {
  readonly profile?: string
  readonly configDir?: string
  readonly scopes?: readonly string[]
}

export async function logInto(settings: ToolLoginSettings = {}): Promise<ToolLogin> {
  const { profile = 'default', configDir = temporaryFolder(), scopes, ...options } = settings
  const emulator = await startTestEmulator(options)
  const tokens = await logInAt(emulator, scopes)
  const store = createProfileStore({ profile, configDir, baseUrl: emulator.apiUrl })
  await store.save(tokens)
  return { emulator, tokens, configDir }
}

export async function logInAt(emulator: Emulator, scopes?: readonly string[]): Promise<TokenSet> {
  const client = new OAuthClient({ endpoints: emulator.endpoints, scopes })
  const flow = client.startFlow('console')
  return client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
}

/**
 * Makes a profile name another host, as a login by another program does: the credentials no longer say which host they
 * come from. An empty string stands for no host.
 */
export function nameHost(configDir: string, host: string): void {
  writeProfile(configDir, 'configs', { ...readProfile(configDir, 'configs'), base_url: host })
  const { login_base_url: _, ...credentials } = readProfile(configDir, 'credentials')
  writeProfile(configDir, 'credentials', credentials)
}

/** Leaves tokens of a host next to a credentials file, as a save that was killed would. */
export async function leaveBehind(
  credentialsPath: string,
  { tokens, login_base_url }: { readonly tokens: TokenSet; readonly login_base_url: string },
): Promise<void> {
  const { accessToken: access_token, refreshToken: refresh_token } = tokens
  const login_token_digest = await digestOf(refresh_token ?? '')
  const text = JSON.stringify({
    type: 'oauth_token',
    access_token,
    refresh_token,
    login_base_url,
    login_token_digest,
  })
  const { path } = leftoverOf(credentialsPath, await digestOf('other tokens'), await digestOf(text))
  writeFileSync(path, text, { mode: 0o600 })
}

/** Starts a gate in front of the emulator of a login, whose profile then names the gate as its server. */
export async function gateFor({ configDir, emulator }: ToolLogin): Promise<ResponseGate> {
  const gate = await startResponseGate(emulator.apiUrl)
  nameHost(configDir, gate.url)
  return gate
}

/** Runs `login` of the tool and pastes the code, unless the login ends before it shows a link. */
export async function pasteLogin(
  at: Emulator,
  args: readonly string[],
  surroundings: ToolSurroundings,
): Promise<ToolEnd & { readonly link: string | undefined }> {
  const tool = startTool(['login', '--no-browser', ...args], { ...surroundings, stdin: 'pipe' })
  await Promise.race([vi.waitUntil(() => LINK.test(tool.said()), { timeout: 300_000 }), tool.ended])
  const link = LINK.exec(tool.said())?.[0]
  if (link?.startsWith(at.url) === true) tool.stdin?.end(`${await at.approve(link)}\n`)
  else tool.process.kill('SIGKILL')
  return { ...(await tool.ended), link }
}

/** The login link, which has a line of its own. */
const LINK = /^https?:\S+$/m

/** Returns how many requests with a path reached the emulator. */
export function countOf(emulator: Emulator, path: string): number {
  return emulator.requests.filter((request) => request.path === path).length
}
