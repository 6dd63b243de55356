import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OAuthClient } from '@anthropic-auth/core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { launchChromium } from './chromium.ts'

// The folder for pictures of the pages. Without it, no pictures are taken.
const pictures = process.env['SCREENSHOTS']

let browser: Browser
let emulator: Emulator
let client: OAuthClient

beforeAll(async () => {
  browser = await launchChromium()
  emulator = await startEmulator()
  client = new OAuthClient({ endpoints: emulator.endpoints })
})

afterAll(async () => {
  await browser.close()
  await emulator.close()
})

/** Opens a page that fails its test when it breaks its own policy, or when one of its scripts throws. */
async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    // A refusal has an error status, which the console repeats.
    if (message.type() === 'error' && !message.text().includes('status of 400')) problems.push(message.text())
  })
  await page.goto(url)
  return page
}

const problems: string[] = []

afterEach(() => {
  const [problem] = problems.splice(0)
  if (problem !== undefined) throw new Error(problem)
})

describe('the consent page', () => {
  it('names the application, its scopes, and the target of the response', async () => {
    const page = await open(client.startFlow('console').authorizationUrl)
    const text = await page.locator('main').innerText()
    expect(text).toContain('9d1c250a-e61b-44d9-88ed-5944d1962f5e')
    for (const scope of ['org:create_api_key', 'user:profile', 'user:inference']) {
      expect(text).toContain(scope)
    }
    expect(text).toContain('a page that shows a code for you to copy')
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
  })

  it('is styled, in the colors that the user prefers, and as wide as the screen', async () => {
    const grounds = new Set<string>()
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [390, 1280]) {
        const url = client.startFlow('console').authorizationUrl
        const page = await open(url, { colorScheme, viewport: { width, height: 800 } })
        grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor))
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
        await picture(page, `consent-${width}-${colorScheme}`)
        await page.getByRole('button', { name: 'Allow' }).click()
        await picture(page, `code-${width}-${colorScheme}`)
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
        await page.goto(`${emulator.url}/oauth/authorize?client_id=unknown`)
        await picture(page, `error-${width}-${colorScheme}`)
      }
    }
    expect(grounds.size).toBe(2)
  })

  it('leads to the code page on Allow, whose copy button copies code#state', async () => {
    const flow = client.startFlow('console')
    const page = await open(flow.authorizationUrl, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Allow' }).click()
    const shown = await page.locator('#response').innerText()
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied.').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown)
    const tokens = await client.exchangeCode(shown, flow)
    expect(tokens.account?.email).toBe('person@example.com')
  })

  it('leads back to the application on loopback, with Allow and with Deny', async () => {
    const visits: string[] = []
    const application = createServer(({ url = '' }, response) => {
      if (url.startsWith('/callback')) visits.push(url)
      response.end('Back in the application')
    })
    await new Promise<void>((resolve) => {
      application.listen(0, '127.0.0.1', resolve)
    })
    const { port } = application.address() as AddressInfo
    for (const button of ['Allow', 'Deny']) {
      const flow = client.startFlow('max', { redirectUri: `http://localhost:${port}/callback` })
      const page = await open(flow.authorizationUrl)
      await page.getByRole('button', { name: button }).click()
      await page.getByText('Back in the application').waitFor()
      const query = new URL(page.url()).searchParams
      expect(query.get('state')).toBe(flow.state)
      expect(query.get('error')).toBe(button === 'Deny' ? 'access_denied' : null)
      expect(query.has('code')).toBe(button === 'Allow')
    }
    expect(visits).toHaveLength(2)
    application.closeAllConnections()
    application.close()
  })

  it('works without JavaScript', async () => {
    const flow = client.startFlow('console')
    const page = await open(flow.authorizationUrl, { javaScriptEnabled: false })
    await page.getByRole('button', { name: 'Allow' }).click()
    const shown = await page.locator('#response').innerText()
    expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0)
    await expect(client.exchangeCode(shown, flow)).resolves.toMatchObject({ clientId: flow.clientId })
  })

  it('can be used with only the keyboard', async () => {
    const page = await open(client.startFlow('console').authorizationUrl)
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('workspace')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Allow')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Deny')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Access was denied' }).waitFor()
  })

  it('links the user to the reason why the account is on hold', async () => {
    emulator.setAccountOnHold(true)
    try {
      const page = await open(client.startFlow('console').authorizationUrl)
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByRole('heading', { name: 'This account is on hold' }).waitFor()
      await picture(page, 'on-hold')
      const link = page.getByRole('link')
      expect(await link.getAttribute('href')).toBe('https://claude.ai/restricted?reason=account_on_hold')
    } finally {
      emulator.setAccountOnHold(false)
    }
  })

  it('shows markup as text', async () => {
    const flow = client.startFlow('console', { loginHint: '<img src=x onerror=alert(1)>' })
    const page = await open(flow.authorizationUrl)
    expect(await page.getByText('<img src=x onerror=alert(1)>').count()).toBe(1)
    expect(await page.locator('main img').count()).toBe(0)
  })
})

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true })
}
