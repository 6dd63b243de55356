import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { QUERY, CODE, startWaiting, STATE } from '../test/waiting-server.ts'
import { launchChromium } from '../../testing/test/chromium.ts'

// The folder for pictures of the pages. Without it, no pictures are taken.
const pictures = process.env['SCREENSHOTS']

const OWN_PAGES = {
  success:
    '<!doctype html><html lang="en"><head><title>Acme</title><style>h1 { color: rgb(1, 2, 3) }</style></head>' +
    '<body><h1 style="font-size: 40px">Back to Acme</h1>' +
    '<img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="></body></html>',
  failure: '<!doctype html><title>Acme</title><h1>Not this time</h1>',
}

const START_PAGE =
  '<!doctype html><link rel="icon" href="data:,"><h1>Start</h1><a href="/authorize">Log in</a>'

let browser: Browser
const problems: string[] = []

beforeAll(async () => {
  browser = await launchChromium()
})

afterAll(async () => browser.close())

afterEach(() => {
  const [problem] = problems.splice(0)
  if (problem !== undefined) throw new Error(problem)
})

/** Opens a page that fails its test when it breaks its own policy, or when one of its scripts throws. */
async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  context.setDefaultTimeout(200_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    // A refusal has an error status, which the console repeats.
    if (message.type() !== 'error' || message.text().includes('status of 4')) return
    problems.push(`${message.text()} ${message.location().url}`)
  })
  return page
}

/** An authorization server that redirects at once. It also has a start page, to which the browser can go back. */
async function startRedirecting(target: string): Promise<string> {
  const server = createServer(({ url }, response) => {
    if (url === '/authorize') response.writeHead(302, { location: target }).end()
    else response.setHeader('content-type', 'text/html').end(START_PAGE)
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('the pages of the callback server, in a browser', () => {
  it('end a login, with the code gone from the address bar and the history', async () => {
    const server = await startWaiting()
    const page = await newPage()
    const start = await startRedirecting(`${server.redirectUri}${QUERY}`)
    await page.goto(start)
    await page.getByRole('link', { name: 'Log in' }).click()
    await page.waitForURL(server.redirectUri)
    await page.getByRole('heading', { name: 'Response received' }).waitFor()
    await expect(server.waitForCallback()).resolves.toEqual({ code: CODE, state: STATE })
    expect(await page.evaluate(() => document.URL)).toBe(server.redirectUri)
    expect(await historyOf(page)).toEqual(['about:blank', start, server.redirectUri])
    await page.goBack()
    expect(page.url()).toBe(start)
    expect((await historyOf(page)).join(' ')).not.toContain(CODE)
  })

  it('take the state out of the address bar when access was denied', async () => {
    const server = await startWaiting()
    const page = await newPage()
    await page.goto(`${server.redirectUri}?error=access_denied&state=${STATE}`)
    await page.getByRole('heading', { name: 'Login not completed' }).waitFor()
    expect(page.url()).toBe(server.redirectUri)
    await expect(server.waitForCallback()).rejects.toMatchObject({ code: 'authorization_denied' })
  })

  it('make no second request', async () => {
    const paths: string[] = []
    const server = await startWaiting({
      onRequest: ({ status, reason }) => paths.push(`${status} ${reason}`),
    })
    const page = await newPage()
    await page.goto(`${server.redirectUri}?code=x&state=${STATE.slice(1)}x`, { waitUntil: 'networkidle' })
    await page.goto(`${server.redirectUri}${QUERY}`, { waitUntil: 'networkidle' })
    expect(paths).toEqual(['400 state_mismatch', '200 accepted'])
  })

  it('say the same without JavaScript', async () => {
    const server = await startWaiting()
    const page = await newPage({ javaScriptEnabled: false })
    await page.goto(`${server.redirectUri}${QUERY}`)
    expect(await page.getByRole('main').innerText()).toBe(
      'Response received\n\nYou can close this page and return to the application.',
    )
    expect(await page.title()).toBe('Response received')
  })

  it("refuse requests of another site's script", async () => {
    const server = await startWaiting()
    const page = await newPage()
    await page.goto(await startRedirecting('/'))
    const url = `${server.redirectUri}${QUERY}`
    await page.evaluate(async (target) => {
      await fetch(target, { mode: 'no-cors' }).catch(() => undefined)
      const image = new Image()
      const done = new Promise((resolve) => image.addEventListener('error', resolve))
      image.src = target
      await done
    }, url)
    problems.splice(0)
    expect((await page.goto(url))?.status()).toBe(200)
    await expect(server.waitForCallback()).resolves.toEqual({ code: CODE, state: STATE })
  })

  it('are an application’s own, with styles and pictures, and the address bar clean', async () => {
    const server = await startWaiting({ pages: OWN_PAGES })
    const page = await newPage()
    await page.goto(`${server.redirectUri}?code=x&state=${STATE.slice(1)}x`)
    await page.getByRole('heading', { name: 'Not this time' }).waitFor()
    expect(page.url()).toBe(server.redirectUri)
    await page.goto(`${server.redirectUri}${QUERY}`)
    const heading = page.getByRole('heading', { name: 'Back to Acme' })
    expect(await heading.evaluate((each) => getComputedStyle(each).color)).toBe('rgb(1, 2, 3)')
    expect(await heading.evaluate((each) => getComputedStyle(each).fontSize)).toBe('40px')
    expect(await page.locator('img').evaluate((each: HTMLImageElement) => each.naturalWidth)).toBe(1)
    expect(page.url()).toBe(server.redirectUri)
  })

  it('are styled, in the colours that the user prefers, legible, and as wide as the screen', async () => {
    const grounds = new Set<string>()
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [320, 1280]) {
        const server = await startWaiting()
        const page = await newPage({ colorScheme, viewport: { width, height: 640 } })
        for (const [name, query] of [
          ['failure', ''],
          ['success', QUERY],
        ] as const) {
          await page.goto(`${server.redirectUri}${query}`)
          grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor))
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
          for (const element of ['h1', 'p']) expect(await contrastOf(page, element)).toBeGreaterThan(4.5)
          await picture(page, `${name}-${width}-${colorScheme}`)
        }
      }
    }
    expect(grounds.size).toBe(2)
  })
})

/** Returns the browser's history, with the current page. */
async function historyOf(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page)
  const { entries } = await session.send('Page.getNavigationHistory')
  await session.detach()
  return entries.map(({ url }) => url)
}

/** WCAG 2.2, the contrast ratio of an element's text to the background of the page. */
function contrastOf(page: Page, element: string): Promise<number> {
  return page.locator(element).evaluate((each) => {
    const luminance = (color: string): number => {
      const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((channel) => {
        const share = Number(channel) / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const [ink, ground] = [getComputedStyle(each).color, getComputedStyle(document.body).backgroundColor]
    const [low = 0, high = 0] = [luminance(ink), luminance(ground)].toSorted((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  })
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}/${name}.png` })
}
