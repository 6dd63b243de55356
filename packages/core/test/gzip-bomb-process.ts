import { OAuthClient } from '@anthropic-auth/core'

// Prints the maximum growth of this process's memory, in bytes, while it reads the bomb.
const url = process.argv[2] ?? ''
const client = new OAuthClient({ endpoints: { token: `${url}/token`, apiKey: `${url}/api-key` } })
const fail = async (call: Promise<unknown>): Promise<void> => {
  await call.then(
    () => process.exit(1),
    () => undefined,
  )
}
// Load everything that a first call loads.
await fail(client.createApiKey('an-access-token'))
globalThis.gc?.()
const before = process.memoryUsage.rss()
let most = before
const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 1)
await fail(client.refreshToken('a-refresh-token'))
clearInterval(sampler)
process.stdout.write(String(Math.max(most, process.memoryUsage.rss()) - before))
