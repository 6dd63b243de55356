import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startProgram, type Program } from './test/program.ts'
import { startRealService, type RealService } from './test/real-service.ts'
import { WebUser } from './test/web-user.ts'
import { keyPage, loginPage } from './web-server/pages.ts'

/** A whole token or key, not only its beginning. */
const WHOLE_SECRET = /sk-ant-[a-z]+\d+-[\w-]{20,}/

interface Application {
  readonly program: Program
  readonly origin: string
}

async function start(args: readonly string[], nodeArgs: readonly string[] = []): Promise<Application> {
  const program = startProgram('web-server.ts', ['--port', '0', ...args], nodeArgs)
  onTestFinished(async () => {
    program.interrupt()
    await program.ended
  })
  const [, origin = ''] = await program.outputs(/^Listening at (\S+)$/m)
  return { program, origin }
}

async function startWithService(): Promise<Application & { readonly service: RealService }> {
  const service = await startRealService(3600)
  onTestFinished(async () => service.emulator.close())
  return { ...(await start([], service.nodeArgs)), service }
}

/** Makes the decision on the page of the service, and returns the URL of the redirect. */
async function decideAt(link: string, decision: 'allow' | 'deny'): Promise<string> {
  const consent = /name="consent" value="([\w-]+)"/.exec(await (await fetch(link)).text())?.[1] ?? ''
  const body = new URLSearchParams({ consent, decision })
  const response = await fetch(link, { method: 'POST', body, redirect: 'manual' })
  return response.headers.get('location') ?? ''
}

const count = (service: RealService, path: RegExp): number =>
  service.emulator.requests.filter((request) => path.test(request.path)).length

describe('web-server.ts', () => {
  it('logs many users in at once, each with a key that no page shows', async () => {
    const { origin, service, program } = await startWithService()
    const users = Array.from({ length: 12 }, () => new WebUser(origin))
    const links = await Promise.all(users.map(async (user) => user.startLogin()))
    expect(new Set(links).size).toBe(12)
    const codes = await Promise.all(links.map(async (link) => service.allowAccess(link)))
    const pages = await Promise.all(
      users.map(async (user, index) => user.send('/code', { code: codes[index] ?? '' })),
    )
    for (const { page, status } of pages) {
      expect(status).toBe(200)
      expect(page).toContain('person@example.com')
      expect(page).toMatch(/<code>sk-ant-api03-[\w-]{3}…<\/code>/)
      expect(page).not.toMatch(WHOLE_SECRET)
    }
    expect(count(service, /create_api_key$/)).toBe(12)
    program.interrupt()
    const { code, output } = await program.ended
    expect(code).toBe(0)
    expect(output).not.toMatch(WHOLE_SECRET)
  })

  it('asks again after a wrong paste, says what to do, and sends nothing', async () => {
    const { origin, service } = await startWithService()
    const user = new WebUser(origin)
    const link = await user.startLogin()
    const code = await service.allowAccess(link)
    const wrong: [code: string, hint: RegExp][] = [
      ['', /response is empty/],
      ['123456', /code from a login e-mail/],
      [new URL(code).searchParams.get('code') ?? '', /The state is missing/],
      [link, /This is the link that starts the login/],
      ['<script>alert(1)</script>#x', /Copy only the code/],
    ]
    for (const [text, hint] of wrong) {
      const { page, status } = await user.send('/code', { code: text })
      expect(status).toBe(200)
      expect(page).toMatch(/role="alert"/)
      expect(page).toMatch(hint)
      expect(page).toContain('name="code"')
      expect(page).not.toContain('<script')
    }
    expect(count(service, /token$/)).toBe(0)
    const { page } = await user.send('/code', { code: ` ${code}\n` })
    expect(page).toContain('You are logged in')
    expect(count(service, /token$/)).toBe(1)
  })

  it("refuses one user's code in another user's session, and neither loses the login", async () => {
    const { origin, service } = await startWithService()
    const [one, other] = [new WebUser(origin), new WebUser(origin)]
    const [oneCode, otherCode] = [
      await service.allowAccess(await one.startLogin()),
      await service.allowAccess(await other.startLogin()),
    ]
    const { page } = await one.send('/code', { code: otherCode })
    expect(page).toContain('This response is for a different login.')
    expect(page).not.toContain('You are logged in')
    expect(count(service, /token$/)).toBe(0)
    expect((await other.send('/code', { code: otherCode })).page).toContain('You are logged in')
    expect((await one.send('/code', { code: oneCode })).page).toContain('You are logged in')
  })

  it('exchanges a code once, however often it is sent', async () => {
    const { origin, service } = await startWithService()
    const user = new WebUser(origin)
    const code = await service.allowAccess(await user.startLogin())
    const sent = await Promise.all([1, 2, 3].map(async () => user.send('/code', { code })))
    expect(sent.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
    expect(count(service, /token$/)).toBe(1)
  })

  it('starts again when the exchange fails', async () => {
    const { origin, service } = await startWithService()
    const user = new WebUser(origin)
    const code = await service.allowAccess(await user.startLogin())
    service.emulator.faults.next('token', { type: 'body', status: 400, body: '{"error":"invalid_grant"}' })
    const { page } = await user.send('/code', { code })
    expect(page).toMatch(/role="alert"/)
    expect(page).toContain('action="/login"')
    expect(page).not.toContain('name="code"')
    const again = await service.allowAccess(await user.startLogin())
    expect((await user.send('/code', { code: again })).page).toContain('You are logged in')
  })

  it('refuses a code from a user who has not started a login', async () => {
    const { origin, service } = await startWithService()
    const user = new WebUser(origin)
    const code = await service.allowAccess(await user.startLogin())
    const stranger = new WebUser(origin)
    const { status, page } = await stranger.send('/code', { code })
    expect({ status, cookie: stranger.cookie }).toEqual({ status: 400, cookie: '' })
    expect(page).toContain('No login is under way')
  })

  it('accepts no form from another site', async () => {
    const { origin, service } = await startWithService()
    const user = new WebUser(origin)
    const code = await service.allowAccess(await user.startLogin())
    for (const from of ['https://evil.example', 'null']) {
      for (const path of ['/login', '/code', '/logout']) {
        expect((await user.send(path, { code }, from)).status).toBe(403)
      }
    }
    const unnamed = await fetch(new URL('/login', origin), { method: 'POST' })
    expect([unnamed.status, unnamed.headers.getSetCookie()]).toEqual([403, []])
    expect((await user.send('/code', { code })).page).toContain('You are logged in')
  })

  it('gives the session a new id at the login, and forgets it at the logout', async () => {
    const { origin, service } = await startWithService()
    const user = new WebUser(origin)
    const code = await service.allowAccess(await user.startLogin())
    const before = user.cookie
    await user.send('/code', { code })
    expect(user.cookie).not.toBe(before)
    const pageOf = async (cookie: string): Promise<string> =>
      (await fetch(origin, { headers: { cookie } })).text()
    expect(await pageOf(before)).not.toContain('You are logged in')
    const after = user.cookie
    expect(await pageOf(after)).toContain('You are logged in')
    await user.send('/logout')
    expect(await pageOf(after)).not.toContain('You are logged in')
  })

  it('keeps scripts away from its cookie, and everything but its own style away from its pages', async () => {
    const { origin } = await startWithService()
    const started = await fetch(new URL('/login', origin), {
      method: 'POST',
      headers: { origin },
      redirect: 'manual',
    })
    expect(started.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
    const { headers, page } = await new WebUser(origin).open('/')
    const style = /<style>([^<]*)<\/style>/.exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    )
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('escapes text from elsewhere', () => {
    const { content } = keyPage(`<b>&"'`, 'sk-ant-api03-abc')
    expect(content.text).toContain('now works for &lt;b&gt;&amp;&quot;&#39;, with')
    expect(loginPage('https://claude.ai/?a="', null, true).content.text).toContain('?a=&quot;"')
  })

  it('has a cookie for only https when its origin uses that', async () => {
    const https = 'https://app.example.com'
    const { origin } = await start(['--emulator', '--origin', https])
    const { headers } = await fetch(new URL('/login', origin), {
      method: 'POST',
      headers: { origin: https },
      redirect: 'manual',
    })
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
    ])
  })

  it('has no callback without its own client id, and no page except its own', async () => {
    const { origin } = await start(['--emulator'])
    const user = new WebUser(origin)
    await user.startLogin()
    expect((await user.open('/callback?code=x&state=y')).status).toBe(404)
    expect((await user.open('/code')).status).toBe(404)
    expect((await user.send('/code', { code: 'a'.repeat(9_000) })).page).toContain('longer than 8,192')
  })
})

describe('web-server.ts --client-id', () => {
  it('brings users back with a redirect, without a paste', async () => {
    const { origin } = await start(['--emulator', '--client-id', 'my-application'])
    const users = Array.from({ length: 5 }, () => new WebUser(origin))
    const pages = await Promise.all(
      users.map(async (user) => user.open(await decideAt(await user.startLogin(), 'allow'))),
    )
    for (const { page } of pages) {
      expect(page).toContain('You are logged in')
      expect(page).not.toMatch(WHOLE_SECRET)
    }
  })

  it('has no field for a code, and leaves no code in the address', async () => {
    const { origin } = await start(['--emulator', '--client-id', 'my-application'])
    const user = new WebUser(origin)
    const link = await user.startLogin()
    expect((await user.open('/')).page).not.toContain('name="code"')
    const redirect = await fetch(await decideAt(link, 'allow'), {
      headers: { cookie: user.cookie },
      redirect: 'manual',
    })
    expect([redirect.status, redirect.headers.get('location')]).toEqual([303, '/'])
  })

  it('keeps the login when a forged or a refused response comes', async () => {
    const { origin } = await start(['--emulator', '--client-id', 'my-application'])
    const [user, other] = [new WebUser(origin), new WebUser(origin)]
    const link = await user.startLogin()
    const forged = await user.open(await decideAt(await other.startLogin(), 'allow'))
    expect(forged.page).toContain('This response is for a different login.')
    const refused = await user.open(await decideAt(link, 'deny'))
    expect(refused.page).toContain('Start a new login and allow access.')
    expect((await user.open(await decideAt(link, 'allow'))).page).toContain('You are logged in')
  })
})
