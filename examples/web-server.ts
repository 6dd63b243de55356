// A web application in which many users log in at once. It creates an API key for each, which stays on the server.
//
//   node web-server.ts               the real service: each user pastes the code that the service shows
//   node web-server.ts --emulator    an emulator of it, on this machine
//   node web-server.ts --client-id ID --origin https://app.example.com
//        The redirect variant: a redirect brings users back. It needs your own client id, registered with the redirect
//        URI {origin}/callback: the service accepts no web application with the default client id.
//
// It listens on 127.0.0.1:3000, or on --port. In production, put a server with TLS in front of it, and set --origin.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import {
  isAnthropicAuthError,
  OAuthClient,
  parseAuthorizationResponse,
  type OAuthFlow,
} from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { readForm } from './web-server/form.ts'
import { keyPage, loginPage, sendPage, startPage } from './web-server/pages.ts'
import { SessionStore, type Session } from './web-server/session-store.ts'

const { values } = parseArgs({
  options: {
    emulator: { type: 'boolean', default: false },
    'client-id': { type: 'string' },
    origin: { type: 'string' },
    port: { type: 'string', default: '3000' },
  },
})
const server = createServer().listen(Number(values.port), '127.0.0.1')
await once(server, 'listening')
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const { origin } = new URL(values.origin ?? address)
const clientId = values['client-id']
const redirectUri = clientId === undefined ? undefined : `${origin}/callback`

const clients = redirectUri === undefined ? undefined : [{ id: clientId ?? '', redirectUris: [redirectUri] }]
const emulator = values.emulator ? await startEmulator({ clients }) : null
const client = new OAuthClient({
  clientId,
  redirectUri,
  endpoints: emulator?.endpoints,
  scopes: ['org:create_api_key', 'user:profile'],
})
const sessions = new SessionStore(origin)
const NO_PAGE = 'There is no such page.'

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', origin)
  // A form of another site must not start or end a login here: every browser sends the origin of a POST.
  if (request.method === 'POST' && request.headers.origin !== origin) {
    return sendPage(response, 403, startPage('This form was not sent by a page of this application.'))
  }
  switch (`${request.method} ${pathname}`) {
    case 'GET /':
      return show(response, sessions.of(request))
    case 'POST /login':
      return startLogin(request, response)
    case 'POST /code':
      return finishLogin(request, response, (await readForm(request)).get('code') ?? '')
    case 'GET /callback':
      if (redirectUri === undefined) return sendPage(response, 404, startPage(NO_PAGE))
      return finishLogin(request, response, searchParams)
    case 'POST /logout':
      sessions.end(request, response)
      return redirectHome(response)
    default:
      return sendPage(response, 404, startPage(NO_PAGE))
  }
}

function show(response: ServerResponse, session: Session | null): void {
  const problem = session?.problem ?? null
  if (session?.apiKey) return sendPage(response, 200, keyPage(session.email, session.apiKey.slice(0, 16)))
  if (!session?.flow) return sendPage(response, 200, startPage(problem))
  return sendPage(response, 200, loginPage(session.flow.authorizationUrl, problem, redirectUri === undefined))
}

/** The flow holds the verifier, so it stays in the session on the server. The page gets only its link. */
function startLogin(request: IncomingMessage, response: ServerResponse): void {
  const session = sessions.of(request) ?? sessions.start(response)
  session.flow = client.startFlow('console')
  session.problem = null
  redirectHome(response)
}

async function finishLogin(
  request: IncomingMessage,
  response: ServerResponse,
  received: string | URLSearchParams,
): Promise<void> {
  const session = sessions.of(request)
  if (!session?.flow) {
    return sendPage(response, 400, startPage('No login is under way in this browser. Start again.'))
  }
  try {
    await exchange(session, session.flow, received)
    // An attacker who knew the session's id before the login must not know it afterwards.
    sessions.renew(request, response, session)
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    console.error('A login failed:', error.code, error.requestId ?? '')
    session.problem = `${error.message}. ${error.hint ?? ''}`
  }
  // This removes the code from the address bar, and reloading the page sends nothing again.
  redirectHome(response)
}

async function exchange(
  session: Session,
  flow: OAuthFlow,
  received: string | URLSearchParams,
): Promise<void> {
  // If this throws, nothing was sent: after a wrong paste, or a code of another login, the flow can still be used.
  const authorization = parseAuthorizationResponse(received, flow)
  // Do this before the exchange, so that a code that arrives twice at once is exchanged once.
  session.flow = null
  session.problem = null
  const tokens = await client.exchangeCode(authorization, flow)
  session.email = tokens.account?.email ?? null
  session.apiKey = await client.createApiKey(tokens)
}

function redirectHome(response: ServerResponse): void {
  response.writeHead(303, { location: '/', 'cache-control': 'no-store' }).end()
}

server.on('request', (request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error('A request failed:', error instanceof Error ? error.name : typeof error)
    if (!response.headersSent) sendPage(response, 500, startPage('Something went wrong. Start again.'))
  })
})
console.log(`Listening at ${address}\nOpen ${origin}/ in your browser.`)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
server.close()
server.closeAllConnections()
await emulator?.close()
