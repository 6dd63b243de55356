import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { authorizationUrl, startLogin } from '../test/raw-login.ts'
import type { Emulator, VisitOptions } from './index.ts'
import { startTestEmulator } from '../test/test-emulator.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await startTestEmulator()
})

/** An application that waits for its callback, with the status that it responds with. */
interface Application {
  readonly redirectUri: string
  readonly requests: readonly IncomingMessage[]
}

async function startApplication(status = 200): Promise<Application> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    if (status > 0) response.writeHead(status).end('<!doctype html>')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { redirectUri: `http://localhost:${port}/callback`, requests }
}

function linkFor(redirectUri: string): string {
  return authorizationUrl(emulator, startLogin(emulator, { redirect_uri: redirectUri }).parameters)
}

function queryOf({ requests }: Application): URLSearchParams {
  expect(requests).toHaveLength(1)
  return new URL(requests[0]?.url ?? '', 'http://localhost').searchParams
}

describe('Emulator.visit()', () => {
  it('allows access, and follows the redirect as a navigation', async () => {
    const application = await startApplication()
    const link = linkFor(application.redirectUri)
    expect(await emulator.visit(link)).toBeUndefined()
    const query = queryOf(application)
    expect(query.get('code')).toMatch(/^[\w-]{20,}$/)
    expect(query.get('state')).toBe(new URL(link).searchParams.get('state'))
    expect(application.requests[0]).toMatchObject({
      method: 'GET',
      headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    })
    expect(application.requests[0]?.headers).not.toHaveProperty('origin')
  })

  it('denies access when asked to', async () => {
    const application = await startApplication()
    await emulator.visit(linkFor(application.redirectUri), { decision: 'deny' })
    expect(queryOf(application).get('error')).toBe('access_denied')
  })

  it('shows the code page, which is the end of a login without loopback', async () => {
    await emulator.visit(authorizationUrl(emulator, startLogin(emulator).parameters))
    expect(emulator.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
      'GET 200',
      'POST 303',
      'GET 200',
    ])
    expect(emulator.requests[2]?.path).toMatch(/^\/oauth\/code\/callback\?code=[\w-]{20,}&state=/)
  })

  it('tells the application when the account is on hold', async () => {
    emulator.setAccountOnHold(true)
    const application = await startApplication()
    await emulator.visit(linkFor(application.redirectUri))
    expect(queryOf(application).get('error_description')).toBe('account_on_hold')
  })

  it('resolves for a page of any status, as a browser shows it', async () => {
    const application = await startApplication(400)
    await emulator.visit(linkFor(application.redirectUri))
    expect(application.requests).toHaveLength(1)
  })

  it('needs no `this`', async () => {
    const application = await startApplication()
    const { visit } = emulator
    await visit(linkFor(application.redirectUri), { decision: undefined, signal: undefined })
    expect(application.requests).toHaveLength(1)
  })

  it.each(['https://platform.claude.com/oauth/authorize?code=true', 'not a URL', ''])(
    'rejects %j, which is not a URL of this emulator',
    async (url) => {
      await expect(emulator.visit(url)).rejects.toThrow(
        /^The authorization URL must start with http:\/\/127\.0\.0\.1:\d+\. Pass emulator\.endpoints to the client/,
      )
      await expect(emulator.visit(url)).rejects.toThrow(TypeError)
    },
  )

  it('rejects with the reason when the request is refused before consent', async () => {
    const link = linkFor('http://localhost:1/elsewhere')
    await expect(emulator.visit(link)).rejects.toThrow('The emulator refused the authorization: ')
  })

  it('rejects when nothing listens at the redirect URI', async () => {
    await expect(emulator.visit(linkFor('http://localhost:1/callback'))).rejects.toThrow('ECONNREFUSED')
  })

  it('rejects when the redirect leads to an application, which no test can open', async () => {
    const id = 'an-app'
    const app = await startTestEmulator({ clients: [{ id, redirectUris: ['com.example.app:/callback'] }] })
    const { parameters } = startLogin(app, { client_id: id, redirect_uri: 'com.example.app:/callback' })
    await expect(app.visit(authorizationUrl(app, parameters))).rejects.toThrow(
      'visit() follows http redirects only',
    )
  })

  it('ends with the reason of its signal, before it begins as while it loads the page', async () => {
    const end = new AbortController()
    const application = await startApplication(0)
    const visit = emulator.visit(linkFor(application.redirectUri), { signal: end.signal })
    await expect.poll(() => application.requests.length, { timeout: 40_000 }).toBe(1)
    const reason = new Error('The tab was closed')
    end.abort(reason)
    await expect(visit).rejects.toBe(reason)
    const { length } = emulator.requests
    const late = emulator.visit(linkFor(application.redirectUri), { signal: end.signal })
    await expect(late).rejects.toBe(reason)
    expect(emulator.requests).toHaveLength(length)
  })

  it.each([
    [{ decision: 'maybe' }, "decision must be 'allow' or 'deny'"],
    [{ decision: null }, "decision must be 'allow' or 'deny'"],
    [{ signal: null }, 'signal must be an AbortSignal'],
    [{ signal: {} }, 'signal must be an AbortSignal'],
    [null, 'options must be an object'],
  ])('refuses the options %j', async (options, message) => {
    const visit = emulator.visit(linkFor('http://localhost:1/callback'), options as VisitOptions)
    await expect(visit).rejects.toThrow(new TypeError(message))
    expect(emulator.requests).toEqual([])
  })
})
