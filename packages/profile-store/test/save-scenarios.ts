import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Emulator } from '@anthropic-auth/testing'
import { OAuthClient, TokenSet, createTokenProvider } from '@anthropic-auth/core'
import { type ProfileStore, createProfileStore } from '@anthropic-auth/profile-store'
import type { SaveJob } from './traced-save.ts'
import { bindMount } from './mounts.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

/** A server and its client. */
export interface Server {
  readonly emulator: Emulator
  readonly client: OAuthClient
}

/** A save that is ready to begin. */
export interface Save {
  readonly job: SaveJob
  readonly store: ProfileStore
  /** The refresh token or authorization code that the save uses up. */
  readonly secret: string
}

export type NewSave = (server: Server) => Promise<Save>

export async function startServer(): Promise<Server> {
  const emulator = await startTestEmulator()
  return { emulator, client: new OAuthClient({ endpoints: emulator.endpoints }) }
}

export async function newRefresh({ emulator, client }: Server): Promise<Save> {
  const { configDir, store } = newProfile()
  const flow = client.startFlow('console')
  const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
  await store.save(TokenSet.fromJSON({ ...tokens.toJSON(), expiresAt: 1 }))
  return { job: { configDir, endpoints: emulator.endpoints }, store, secret: tokens.refreshToken ?? '' }
}

/** As with `docker run -v credentials.json:/…/credentials/default.json`. */
export async function newRefreshInMountedFile(server: Server): Promise<Save> {
  const save = await newRefresh(server)
  const target = credentialsIn(save.job.configDir)
  const source = join(temporaryFolder(), 'mounted.json')
  renameSync(target, source)
  writeFileSync(target, '')
  bindMount(source, target)
  return save
}

export async function newLogin({ emulator, client }: Server): Promise<Save> {
  const { configDir, store } = newProfile()
  const flow = client.startFlow('console')
  const response = await emulator.approve(flow.authorizationUrl)
  const job = { configDir, endpoints: emulator.endpoints, login: { flow, response } }
  return { job, store, secret: response.split('#')[0] ?? '' }
}

/** As after a power loss. */
export async function newLoginOverBlankFile(server: Server): Promise<Save> {
  const save = await newLogin(server)
  const path = credentialsIn(save.job.configDir)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, '', { mode: 0o600 })
  return save
}

/** How often the used token or code has reached the server. */
export function timesSent({ emulator }: Server, { secret }: Save): number {
  return emulator.requests.filter(({ body }) => body.includes(secret)).length
}

/**
 * Uses the login as the next process does: its access token works, and so does its refresh token. A login that was
 * interrupted before its code was sent is finished first.
 */
export async function useLogin({ client }: Server, { job, store }: Save, isDone: boolean): Promise<void> {
  if (job.login !== undefined && !isDone) {
    await store.save(await client.exchangeCode(job.login.response, job.login.flow))
  }
  const { token } = await createTokenProvider(client, { store })()
  await client.getProfile(token)
  await createTokenProvider(client, { store })({ forceRefresh: true })
}

function newProfile(): { configDir: string; store: ProfileStore } {
  const configDir = join(temporaryFolder(), 'anthropic')
  return { configDir, store: createProfileStore({ profile: 'default', configDir }) }
}

function credentialsIn(configDir: string): string {
  return join(configDir, 'credentials', 'default.json')
}
