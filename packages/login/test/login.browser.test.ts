import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { OAuthClient } from '@anthropic-auth/core'
import { login, type LoginProgress } from '@anthropic-auth/login'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { exchanges, isFree, User, startAttempt, unusedPort } from './login-attempt.ts'
import { launchChromium } from '../../testing/test/chromium.ts'
import { startResponseGate } from './response-gate.ts'

const WATCHDOG_MS = 250_000

let browser: Browser
let context: BrowserContext
let emulator: Emulator
let client: OAuthClient
let user: User

beforeAll(async () => {
  browser = await launchChromium()
})

beforeEach(async () => {
  emulator = await startEmulator()
  client = new OAuthClient({ endpoints: emulator.endpoints })
  context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  context.setDefaultTimeout(WATCHDOG_MS)
  user = new User()
})

afterEach(async () => {
  await context.close()
  await emulator.close()
})

afterAll(async () => {
  await browser.close()
})

async function open(url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  return page
}

async function click(page: Page, button: 'Allow' | 'Deny'): Promise<void> {
  await page.getByRole('button', { name: button }).click()
}

/** Resolves with the URL of the redirect that carries the response. */
async function callbackOf(page: Page): Promise<string> {
  const request = await page.waitForRequest((one) => one.url().includes('/callback?'))
  return request.url()
}

/** Returns the text of the page at a URL, or the reason why the browser shows none. */
async function visitResult(visit: Promise<{ status(): number } | null>): Promise<number | string> {
  return visit.then(
    (response) => response?.status() ?? 0,
    (error: unknown) => /ERR_\w+/.exec(String(error))?.[0] ?? String(error),
  )
}

function typesOf(events: readonly LoginProgress[]): readonly string[] {
  return events.map(({ type }) => type)
}

describe('login() with a browser', () => {
  it('returns tokens when the user allows access', async () => {
    const events: LoginProgress[] = []
    const page = await context.newPage()
    const tokens = await login({
      mode: 'console',
      client,
      timeoutMs: 200_000,
      openBrowser: async (url) => {
        await page.goto(url)
        await click(page, 'Allow')
      },
      onProgress: (event) => events.push(event),
    })
    await expect(client.getProfile(tokens)).resolves.toMatchObject({ account: tokens.account })
    await page.getByRole('heading', { name: 'Response received' }).waitFor()
    await page.waitForURL((url) => url.search === '')
    expect(typesOf(events)).toContain('exchanging')
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('ends when the user denies access, and shows that', async () => {
    const { loopbackUrl, port, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    const page = await open(loopbackUrl)
    await click(page, 'Deny')
    await expect(outcome).rejects.toMatchObject({ code: 'authorization_denied' })
    await page.getByRole('heading', { name: 'Login not completed' }).waitFor()
    expect(await isFree(port)).toBe(true)
    expect(user.requests[0]?.signal.aborted).toBe(true)
  })

  it('goes on when the tab is closed, and accepts the response of another tab', async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client })
    const closed = await open(loopbackUrl)
    await closed.close()
    await click(await open(loopbackUrl), 'Allow')
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('times out when the tab is closed and no response comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    onTestFinished(() => void vi.useRealTimers())
    const { loopbackUrl, port, outcome } = await startAttempt({ client })
    await open(loopbackUrl).then(async (page) => page.close())
    vi.advanceTimersByTime(300_000)
    await expect(outcome).rejects.toMatchObject({ code: 'callback_timeout' })
    expect(await isFree(port)).toBe(true)
  })

  it('is unaffected by a page that is reloaded during the exchange', async () => {
    const gate = await startResponseGate(emulator.apiUrl)
    const endpoints = { ...emulator.endpoints, token: `${gate.url}/v1/oauth/token` }
    let isOver = false
    const { loopbackUrl, outcome } = await startAttempt({ client: new OAuthClient({ endpoints }) })
    outcome.finally(() => (isOver = true)).catch(() => undefined)
    const page = await open(loopbackUrl)
    const callback = callbackOf(page)
    await click(page, 'Allow')
    const redirected = await callback
    await page.getByRole('heading', { name: 'Response received' }).waitFor()
    await gate.reached
    await page.waitForURL((url) => url.search === '')
    // Once with the address that the page has left, and once with the earlier one, which has the code.
    expect(['ERR_CONNECTION_REFUSED', 410]).toContain(await visitResult(page.reload()))
    expect(['ERR_CONNECTION_REFUSED', 410]).toContain(await visitResult(page.goto(redirected)))
    expect(isOver).toBe(false)
    gate.open()
    await expect(outcome).resolves.toMatchObject({ clientId: client.config.clientId })
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('accepts the first of two tabs', async () => {
    const gate = await startResponseGate(emulator.apiUrl)
    const endpoints = { ...emulator.endpoints, token: `${gate.url}/v1/oauth/token` }
    const { loopbackUrl, outcome, events } = await startAttempt({ client: new OAuthClient({ endpoints }) })
    const [first, second] = [await open(loopbackUrl), await open(loopbackUrl)]
    const callback = callbackOf(first)
    await click(first, 'Allow')
    const code = new URL(await callback).searchParams.get('code')
    await first.getByRole('heading', { name: 'Response received' }).waitFor()
    await gate.reached
    await click(second, 'Allow').catch(() => undefined)
    gate.open()
    await outcome
    expect(exchanges(emulator)).toEqual([{ code, status: 200 }])
    expect(typesOf(events)).toEqual(['exchanging'])
  })

  it('refuses the tab of an earlier login, and accepts its own', async () => {
    const port = await unusedPort()
    const end = new AbortController()
    const earlier = await startAttempt({ client, port, signal: end.signal })
    const stale = await open(earlier.loopbackUrl)
    end.abort()
    await expect(earlier.outcome).rejects.toMatchObject({ code: 'aborted' })

    const { loopbackUrl, outcome, events } = await startAttempt({ client, port })
    await click(stale, 'Allow')
    await stale.getByRole('heading', { name: 'Login not completed' }).waitFor()
    expect(typesOf(events)).toEqual(['callback_refused'])
    const page = await open(loopbackUrl)
    await click(page, 'Allow')
    await outcome
    await page.getByRole('heading', { name: 'Response received' }).waitFor()
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it("accepts the text of the code page's copy button", async () => {
    const { pasteUrl, port, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    const page = await open(pasteUrl)
    await click(page, 'Allow')
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied.').waitFor()
    await user.paste(await page.evaluate(() => navigator.clipboard.readText()))
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
    expect(await isFree(port)).toBe(true)
  })

  it("accepts the address of a page that couldn't be shown, as from the browser of another machine", async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await context.route('**/callback?*', async (route) => route.abort('connectionrefused'))
    const page = await open(loopbackUrl)
    const failed = callbackOf(page)
    await click(page, 'Allow').catch(() => undefined)
    await user.paste(await failed)
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })
})
