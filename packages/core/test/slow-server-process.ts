// A server in a process of its own. It prints its port and each request, and responds a moment later, even while its
// client blocks.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

const DELAY_MS = 100
const [encoding] = process.argv.slice(2)
const tokens = JSON.stringify({ access_token: 'new-access-token', expires_in: 3600 })
const isGzip = encoding === 'gzip'

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    console.log('requested')
    setTimeout(() => {
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(isGzip && { 'content-encoding': 'gzip' }),
      })
      response.end(isGzip ? gzipSync(tokens) : tokens)
    }, DELAY_MS)
  })
})
server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`))
