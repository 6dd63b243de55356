// Prints how many bytes the process grows in 10,000 calls: `memory.ts <profile endpoint>`.
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

const [, , url = ''] = process.argv
const client = new BlockingOAuthClient({ endpoints: { token: url, profile: url } })
const call = (times: number): void => {
  for (let i = 0; i < times; i++) client.getProfile('a-token')
}
// The first calls load, compile and fill caches.
call(5_000)
const before = process.memoryUsage.rss()
call(10_000)
console.log(process.memoryUsage.rss() - before)
