// Runs a callback server in its own process, and reports the CPU time that it has used so far when it is asked.
// `plain` works like the server in @earendil-works/pi-ai, which doesn't export it: a node:http server that compares the
// state and responds with a page.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startCallbackServer } from '@anthropic-auth/callback-server'

const STATE = 'the-state-of-this-login-0123456789-abcdefgh'
const PAGE = `<!doctype html><title>Error</title><p>State mismatch.</p>${' '.repeat(2100)}`

async function start(kind: string | undefined): Promise<number> {
  if (kind !== 'plain') return (await startCallbackServer({ state: STATE, redirectHost: '127.0.0.1' })).port
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const isExpected = pathname === '/callback' && searchParams.get('state') === STATE
    const hasCode = searchParams.get('error') === null && searchParams.get('code') !== null
    response.writeHead(isExpected && hasCode ? 200 : 400, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(PAGE)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

process.send?.(await start(process.argv[2]))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.once('disconnect', () => process.exit(0))
