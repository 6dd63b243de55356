// A process that saves tokens to a profile, and is killed at a step of it: the folder, the profile, the step.
import { TokenSet } from '@anthropic-auth/core'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { dieAtStep } from './death.ts'

const [configDir, profile, step] = process.argv.slice(2)
const store = createProfileStore({ profile, configDir })
dieAtStep(Number(step))
await store.save(TokenSet.fromJSON({ accessToken: 'second', clientId: 'client-2' }))
