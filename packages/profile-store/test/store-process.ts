// Calls the methods of a profile store in turn, as another user and with another umask if necessary, and prints the
// outcome of each call as JSON.
import { TokenSet } from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'
import type { StoreCalls, StoreOutcome } from './store-calls.ts'

const { uid, umask, options, methods } = JSON.parse(process.argv[2] ?? '') as StoreCalls
if (umask !== undefined) process.umask(umask)
if (uid !== undefined) {
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
}
const store = createProfileStore(options)

async function call(method: StoreCalls['methods'][number]): Promise<unknown> {
  if (method === 'lock') return store.lock(async () => store.prepareSave())
  if (method !== 'save') return store[method]()
  return store.save(TokenSet.fromJSON({ accessToken: 'saved', refreshToken: 'r-saved' }))
}

const outcomes: StoreOutcome[] = []
for (const method of methods) {
  try {
    outcomes.push({ method, result: (await call(method)) ?? null })
  } catch (error) {
    outcomes.push({ method, error })
  }
}
process.stdout.write(JSON.stringify(outcomes))
