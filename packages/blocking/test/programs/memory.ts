// Prints by how many bytes 10,000 calls make the process grow: `memory.ts <profile endpoint>`.
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

const [, , url = ''] = process.argv
const client = new BlockingOAuthClient({ endpoints: { token: url, profile: url } })
const call = (times: number): void => {
  for (let i = 0; i < times; i++) client.getProfile('a-token')
}
// Loads, compiles and fills what is there but once.
call(5_000)
const before = process.memoryUsage.rss()
call(10_000)
console.log(process.memoryUsage.rss() - before)
