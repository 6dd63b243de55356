import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
import { failureOf } from './client-call.ts'
import { tokensOf } from './refresh-fixtures.ts'

// Prints the growth of the heap in 50,000 calls, in bytes, for a fresh token and for a refresh that failed.
const CALLS = 50_000

const client = new OAuthClient({ fetch: () => Promise.reject(new Error('offline')) })
const { signal } = new AbortController()
const fresh = createTokenProvider(client, { tokens: tokensOf(0, 36_000) })
const failing = createTokenProvider(client, { tokens: tokensOf(0, 0) })

async function growth(call: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < CALLS / 10; i++) await call()
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < CALLS; i++) await call()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed - before
}

const grown = [
  await growth(() => fresh({ signal })),
  await growth(() => failureOf(failing({ signal, forceRefresh: true }))),
]
process.stdout.write(JSON.stringify(grown))
