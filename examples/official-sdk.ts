// Gives the official SDK a login that stays fresh, kept in a profile: the files that the SDK and `ant` read, too.
//
//   node official-sdk.ts              the real service
//   node official-sdk.ts --emulator   an emulator of it, on this machine
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { createTokenProvider, OAuthClient, platformApiEndpoints } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { reportError } from './terminal/report-error.ts'
import { withLogin } from './terminal/with-login.ts'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({
  // The SDK and `ant` refresh the tokens of a profile at this token endpoint.
  endpoints: emulator?.endpoints ?? platformApiEndpoints,
  scopes: ['user:profile', 'user:inference'],
})
const profile = 'anthropic-auth-example'
// The default is the folder of the SDK's profiles. A profile of an emulator doesn't belong there.
const configDir = emulator === null ? undefined : await mkdtemp(join(tmpdir(), 'profiles-'))
const store = createProfileStore({ profile, configDir })

// The SDK calls the provider before each request. The provider refreshes the token in time, and saves the new tokens.
const provider = createTokenProvider(client, {
  store,
  onError: (error) => console.error(`${error.code}: ${error.message}`),
})
const anthropic = new Anthropic({
  credentials: provider,
  ...(emulator !== null && { baseURL: emulator.apiUrl }),
})

try {
  const models = await withLogin({ client, store, provider }, async () => anthropic.models.list())
  console.log('Available models:', models.data.map((model) => model.id).join(', '))
  if (emulator === null) {
    console.log(
      `Any program with the official SDK, and ant, can use this login with ANTHROPIC_PROFILE=${profile}`,
    )
  }
} catch (error) {
  reportError(error)
} finally {
  await emulator?.close()
  if (configDir !== undefined) await rm(configDir, { recursive: true })
}
