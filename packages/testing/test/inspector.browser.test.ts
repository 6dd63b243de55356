import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import type Axe from 'axe-core'
import { OAuthClient } from '@anthropic-auth/core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../src/index.ts'
import { launchChromium } from './chromium.ts'
import { getProfile, logIn, postJson } from './raw-login.ts'

// The folder for pictures of the pages. Without it, no pictures are taken.
const pictures = process.env['SCREENSHOTS']
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

let browser: Browser
let emulator: Emulator
let client: OAuthClient
const problems: string[] = []

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => browser.close())

beforeEach(async () => {
  emulator = await startEmulator({ loginLifetimeSeconds: 86_400 })
  client = new OAuthClient({ endpoints: emulator.endpoints })
})
afterEach(async () => {
  await Promise.all(browser.contexts().map(async (context) => context.close()))
  await emulator.close()
  const [problem] = problems.splice(0)
  if (problem !== undefined) throw new Error(problem)
})

/** Opens the inspector. An error on its console, such as a broken policy, fails the test. */
async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== emulator.url && !request.url().startsWith('data:')) {
      problems.push(request.url())
    }
  })
  await page.goto(emulator.inspectorUrl)
  if (options.javaScriptEnabled !== false) await page.getByText('live', { exact: true }).waitFor()
  return page
}

/** A login whose program sends the wrong verifier. */
async function failExchange(): Promise<void> {
  const flow = client.startFlow('console')
  const response = await emulator.approve(flow.authorizationUrl)
  const { verifier } = client.startFlow('console')
  await expect(client.exchangeCode(response, { ...flow, verifier })).rejects.toMatchObject({
    code: 'oauth_error',
  })
}

const step = (page: Page, name: string, login: number) =>
  page.locator(`#group-${login} summary`).filter({ hasText: name })

describe('the live list', () => {
  it('shows requests as they happen, by login, the newest first', async () => {
    const page = await open()
    await page.getByText('No requests yet.').waitFor()
    await logIn(emulator)
    await step(page, 'Code exchange', 1).waitFor()
    await logIn(emulator)
    await step(page, 'Code exchange', 2).waitFor()
    expect(await page.locator('.group h3').allInnerTexts()).toEqual([
      expect.stringContaining('Login 2'),
      expect.stringContaining('Login 1'),
    ])
    expect(await page.locator('#group-1 .step').allInnerTexts()).toEqual([
      'Authorization request',
      "The user's decision",
      'Code exchange',
    ])
  })

  it('leads from a refused exchange to the PKCE mistake', async () => {
    const page = await open()
    await failExchange()
    const details = page.locator('#group-1 li').filter({ hasText: 'Code exchange' })
    const line = details.locator('summary').getByText('The verifier belongs to a different challenge.')
    await line.waitFor()
    await page.locator('.reason').getByText("Invalid 'code_verifier' in request.").click()
    await details.locator('.refusal').getByText('The verifier belongs to a different challenge.').waitFor()
    expect(await line.isVisible()).toBe(false)
    await details.getByRole('heading', { name: 'Response: 400 Bad Request' }).waitFor()
    const [sent, derived, expected] = await details.locator('.refusal dd').allInnerTexts()
    expect(sent).toMatch(/^[\w-]{43}$/)
    expect(derived).toMatch(/^[\w-]{43}$/)
    expect(derived).not.toBe(expected)
    expect(await details.getByRole('link', { name: 'RFC 7636, section 4.6' }).getAttribute('href')).toBe(
      'https://www.rfc-editor.org/rfc/rfc7636#section-4.6',
    )
  })

  it('keeps what is open, and the focus, when requests arrive', async () => {
    const page = await open()
    const { accessToken } = await logIn(emulator)
    const line = step(page, 'Code exchange', 1)
    await line.focus()
    await page.keyboard.press('Enter')
    await getProfile(emulator, accessToken)
    await step(page, 'Profile request', 1).waitFor()
    await page.getByRole('button', { name: 'Put on hold' }).click()
    await page.getByRole('button', { name: 'Lift the hold' }).waitFor()
    expect(await page.locator('#group-1 details[open]').count()).toBe(1)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('hold')
  })

  it('comes back when another emulator serves on the port', async () => {
    const page = await open()
    await logIn(emulator)
    await step(page, 'Code exchange', 1).waitFor()
    const { port } = new URL(emulator.url)
    await emulator.close()
    await page.getByText('not connected, trying again').waitFor()
    problems.length = 0
    emulator = await startEmulator({ port: Number(port) })
    await page.getByText('No requests yet.').waitFor()
    expect(await page.locator('#connection').innerText()).toBe('live')
    problems.length = 0
  })
})

describe('the buttons', () => {
  it('expire the access token, and count down to its end', async () => {
    const page = await open()
    const { accessToken } = await logIn(emulator)
    await page.getByText('ends in 7 h 59 min').waitFor()
    await page.getByRole('button', { name: 'Expire access token of login 1' }).click()
    await page.locator('#logins').getByText('over', { exact: true }).waitFor()
    expect((await getProfile(emulator, accessToken)).status).toBe(401)
  })

  it('end and revoke a login', async () => {
    const page = await open()
    await logIn(emulator)
    await page.getByRole('button', { name: 'End login of login 1' }).click()
    await page.locator('#logins').getByText('over', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Revoke of login 1' }).click()
    await page.locator('#logins').getByText('revoked').first().waitFor()
    expect(await page.getByRole('button', { name: 'login 1' }).count()).toBe(0)
  })

  it('add a fault, list it, and clear it', async () => {
    const page = await open()
    const { accessToken } = await logIn(emulator)
    await page.getByLabel('Endpoint').selectOption('Profile')
    await page.getByLabel('Fault', { exact: true }).selectOption('502 web page of a proxy')
    await page.getByRole('button', { name: 'Every request' }).click()
    await page.getByText('Profile: 502 web page of a proxy').waitFor()
    const ask = async (): Promise<number> =>
      (await fetch(emulator.endpoints.profile, { headers: { authorization: `Bearer ${accessToken}` } }))
        .status
    expect(await ask()).toBe(502)
    await page.getByText('fault: html', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Clear the fault Profile: 502 web page of a proxy' }).click()
    await page.getByText('No faults: every endpoint works.').waitFor()
    expect(await ask()).toBe(200)
  })

  it('say what is wrong with a fault', async () => {
    const page = await open()
    await page.getByText('Write the fault as JSON').click()
    await page.getByLabel('A fault as faults.next() takes it').fill('{"type":"delay"}')
    await page.getByRole('button', { name: 'Next request' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('The fault delay has').waitFor()
    expect(await alert.innerText()).toBe('The fault delay has a missing or malformed member ms')
    problems.length = 0
  })

  it('copy the lines that point a program here', async () => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Copy' }).first().click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    expect(text).toContain(`token: '${emulator.endpoints.token}'`)
  })

  it('work without JavaScript', async () => {
    const page = await open({ javaScriptEnabled: false })
    await page.getByRole('button', { name: 'Put on hold' }).click()
    await page.getByRole('button', { name: 'Lift the hold' }).waitFor()
    expect(page.url()).toBe(emulator.inspectorUrl)
  })
})

describe('the look of the page', () => {
  it.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('fits %i pixels in %s colours, and axe finds nothing', async (width, colorScheme) => {
    const page = await open({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true })
    await logIn(emulator)
    await failExchange()
    await postJson(emulator.endpoints.token, { codeVerifier: 'x'.repeat(43), code: 'a'.repeat(43) })
    emulator.faults.always('messages', { type: 'html', status: 502 })
    await page.locator('.reason').getByText("Invalid 'code_verifier' in request.").click()
    await page.getByText('Messages: 502 web page of a proxy').waitFor()
    const name = page.locator('.why code').getByText('codeVerifier')
    expect(await name.evaluate((element) => getComputedStyle(element).display)).toBe('inline')
    await picture(page, `inspector-${width}-${colorScheme}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    expect(await violations(page)).toEqual([])
  })

  it('differs between light and dark', async () => {
    const grounds = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) =>
        (await open({ colorScheme })).evaluate(() => getComputedStyle(document.body).backgroundColor),
      ),
    )
    expect(new Set(grounds).size).toBe(2)
  })

  it('has no violations on the consent, code and error pages', async () => {
    const page = await (await browser.newContext({ bypassCSP: true })).newPage()
    await page.goto(client.startFlow('console').authorizationUrl)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Allow' }).click()
    expect(await violations(page)).toEqual([])
    await page.goto(`${emulator.url}/oauth/authorize`)
    expect(await violations(page)).toEqual([])
  })
})

/** The findings of axe-core by rule, with the elements. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: AXE })
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe }
    const { violations: found } = await axe.run()
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

describe('a hostile page', () => {
  let site: Server
  let siteUrl: string
  let content = ''

  beforeEach(async () => {
    site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(content))
    await new Promise<void>((resolve) => {
      site.listen(0, '127.0.0.1', resolve)
    })
    siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
  })
  afterEach(() => {
    site.closeAllConnections()
    site.close()
  })

  /** Opens the attacker's page in a browser that resolves evil.example to this machine. */
  async function visit(html: string): Promise<Page> {
    content = `<!doctype html><title>Evil</title>${html}`
    const page = await (await browser.newContext()).newPage()
    await page.goto(siteUrl)
    return page
  }

  const isOnHold = async (): Promise<boolean> =>
    (await (await fetch(emulator.inspectorUrl)).text()).includes('Lift the hold')

  it("can't press a button with a form", async () => {
    const page = await visit(`<form method="post" action="${emulator.url}/inspector/actions">
      <button name="action" value="hold">Win a prize</button></form>`)
    await page.getByRole('button', { name: 'Win a prize' }).click()
    await page.getByText('Only the page of the emulator itself can do this.').waitFor()
    expect(await isOnHold()).toBe(false)
  })

  it("can't press a button with a script, with or without a referrer", async () => {
    const page = await visit('')
    for (const referrerPolicy of ['no-referrer', 'unsafe-url'] as const) {
      await page.evaluate(
        async ([url, policy]) =>
          fetch(`${url}/inspector/actions`, {
            method: 'POST',
            mode: 'no-cors',
            body: new URLSearchParams({ action: 'hold' }),
            referrerPolicy: policy,
          }).catch(() => null),
        [emulator.url, referrerPolicy] as const,
      )
    }
    expect(await isOnHold()).toBe(false)
  })

  it("can't press a button from a sandboxed frame", async () => {
    const script = `fetch('${emulator.url}/inspector/actions',{method:'POST',mode:'no-cors',body:new URLSearchParams({action:'hold'})}).finally(()=>parent.postMessage('sent','*'))`
    const page = await visit('')
    await page.evaluate(
      async (srcdoc) =>
        new Promise((resolve) => {
          addEventListener('message', resolve)
          const frame = document.createElement('iframe')
          frame.setAttribute('sandbox', 'allow-scripts')
          frame.srcdoc = srcdoc
          document.body.append(frame)
        }),
      `<script>${script}</script>`,
    )
    expect(await isOnHold()).toBe(false)
  })

  it("can't read the tokens, neither the page nor its events", async () => {
    const { accessToken } = await logIn(emulator)
    const page = await visit('')
    const read = await page.evaluate(async (url) => {
      const texts: string[] = []
      for (const path of ['/', '/inspector/events']) {
        texts.push(await fetch(url + path).then(async (response) => response.text(), String))
      }
      const event = await new Promise<string>((resolve) => {
        const events = new EventSource(`${url}/inspector/events`)
        events.addEventListener('content', ({ data }: MessageEvent<string>) => resolve(data))
        events.addEventListener('error', () => resolve('error'))
      })
      return [...texts, event]
    }, emulator.url)
    expect(read).toEqual(['TypeError: Failed to fetch', 'TypeError: Failed to fetch', 'error'])
    expect(read.join('')).not.toContain(accessToken)
  })

  it("can't show the inspector in a frame", async () => {
    const page = await visit(`<iframe id="frame" src="${emulator.inspectorUrl}"></iframe>`)
    await page.waitForLoadState('load')
    const frame = page.frames().find((candidate) => candidate !== page.mainFrame())
    expect(await frame?.getByRole('button', { name: 'Put on hold' }).count()).toBe(0)
  })

  it('gains nothing when its own name resolves to this machine', async () => {
    const { port } = new URL(emulator.url)
    const rebound = await launchChromium([
      '--host-resolver-rules=MAP evil.example 127.0.0.1',
      // Newer browsers ask the user before a page reaches this machine. Here, the user has agreed.
      '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
    ])
    try {
      const page = await rebound.newPage()
      const address = `http://evil.example:${port}`
      expect((await page.goto(`${address}/`))?.status()).toBe(421)
      // The page itself came from elsewhere, before its name was changed to this machine.
      await page.route(`${address}/evil`, async (route) =>
        route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Evil</title>' }),
      )
      await page.goto(`${address}/evil`)
      const statuses = await page.evaluate(async () => {
        const body = new URLSearchParams({ action: 'hold' })
        const responses = [
          await fetch('/inspector/actions', { method: 'POST', body }),
          await fetch('/'),
          await fetch('/inspector/events'),
        ]
        return responses.map(({ status }) => status)
      })
      expect(statuses).toEqual([421, 421, 421])
      expect(await isOnHold()).toBe(false)
    } finally {
      await rebound.close()
    }
  })
})

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true })
}
