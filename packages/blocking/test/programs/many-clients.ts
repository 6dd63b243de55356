// Prints how many threads a hundred clients start: `many-clients.ts <profile endpoint>`.
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

const [, , url = ''] = process.argv
let threads = 0
process.on('worker', () => threads++)
const clients = Array.from(
  { length: 100 },
  () => new BlockingOAuthClient({ endpoints: { token: url, profile: url } }),
)
for (const client of clients) client.getProfile('a-token')
setImmediate(() => console.log(threads))
