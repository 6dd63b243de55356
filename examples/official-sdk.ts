// Gives the official SDK a login that renews itself, kept in a profile: the files that the SDK and `ant` read too.
//
//   node official-sdk.ts              the real service
//   node official-sdk.ts --emulator   an emulator of it, on this machine
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import Anthropic from '@anthropic-ai/sdk'
import {
  createTokenProvider,
  isAnthropicAuthError,
  OAuthClient,
  platformApiEndpoints,
  type TokenSet,
} from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createProfileStore } from '@anthropic-auth/profile-store'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({
  // With the token endpoint at which the SDK and `ant` renew the login of a profile.
  endpoints: emulator?.endpoints ?? platformApiEndpoints,
  scopes: ['user:profile', 'user:inference'],
})
const profile = 'anthropic-auth-example'
// By default the folder of the SDK's profiles, where an emulator's have no place.
const configDir = emulator === null ? undefined : await mkdtemp(join(tmpdir(), 'profiles-'))
const store = createProfileStore({ profile, configDir })

// The SDK asks it for a token before each request; it renews the token in time, and saves it.
const provider = createTokenProvider(client, {
  store,
  onError: (error) => console.error(`${error.code}: ${error.message}`),
})
const anthropic = new Anthropic({
  credentials: provider,
  ...(emulator !== null && { baseURL: emulator.apiUrl }),
})

async function logIn(): Promise<TokenSet> {
  const flow = client.startFlow('console')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const response = await terminal.question('Paste the code (code#state): ')
  terminal.close()
  return client.exchangeCode(response, flow)
}

/** Does what needs a login; logs in first where there is none, or where it has ended. */
async function withLogin<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!isAnthropicAuthError(error, 'reauthentication_required')) throw error
    // Check this before the user opens the browser: a login that can't be saved would be lost.
    await store.lock(async () => store.prepareSave())
    await provider.setTokens(await logIn())
    return use()
  }
}

try {
  const models = await withLogin(async () => anthropic.models.list())
  console.log('You may use:', models.data.map((model) => model.id).join(', '))
  if (emulator === null) {
    console.log(`So may any program with the official SDK, or ant, started with ANTHROPIC_PROFILE=${profile}`)
  }
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}`)
  if (error.cause instanceof Error) console.error(error.cause.message)
  console.error(error.hint ?? '')
  process.exitCode = 1
} finally {
  await emulator?.close()
  if (configDir !== undefined) await rm(configDir, { recursive: true })
}
