// Runs a token endpoint in its own process. It responds to every request at once, always with the same tokens.
import { createServer } from 'node:http'

const body = JSON.stringify({
  token_type: 'Bearer',
  access_token: `sk-ant-oat01-${'a'.repeat(86)}`,
  refresh_token: `sk-ant-ort01-${'b'.repeat(86)}`,
  expires_in: 28_800,
  scope: 'user:profile user:inference',
})
const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  process.send?.({ url: `http://127.0.0.1:${port}/v1/oauth/token`, refreshToken: 'a-refresh-token' })
})
process.once('disconnect', () => process.exit(0))
