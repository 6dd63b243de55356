// Saves tokens to a profile, prepared and under its lock, and is killed at one step of that. Its arguments: the folder,
// the profile, the step, and the client of the tokens, if it is another one.
import { TokenSet } from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { dieAtStep } from './death.ts'

const [configDir, profile, step, clientId] = process.argv.slice(2)
const store = createProfileStore({ profile, configDir })
dieAtStep(Number(step))
await store.lock(async () => {
  await store.prepareSave()
  process.stdout.write('sent')
  await store.save(TokenSet.fromJSON({ accessToken: 'second', refreshToken: 'r-second', clientId }))
})
