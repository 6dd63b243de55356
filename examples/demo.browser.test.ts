import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startProgram } from './test/program.ts'
import { createStandInBrowser, type StandInBrowser } from './test/stand-in-browser.ts'
import { launchChromium } from '../packages/testing/test/chromium.ts'

/** A whole token or key, not only its beginning. */
const WHOLE_SECRET = /sk-ant-[a-z]+\d+-[\w-]{20,}/

let chrome: Browser
let browser: StandInBrowser

beforeAll(async () => {
  chrome = await launchChromium()
})

afterAll(async () => chrome.close())

beforeEach(() => {
  browser = createStandInBrowser()
})

afterEach(() => browser.remove())

/** Opens the link that the program opened, and clicks. */
async function click(name: 'Allow' | 'Deny'): Promise<string> {
  const page = await chrome.newPage()
  page.setDefaultTimeout(200_000)
  await page.goto(await browser.opened)
  await page.getByRole('button', { name }).click()
  await page.waitForURL(/^http:\/\/localhost:\d+\/callback/)
  return page.getByRole('heading', { level: 1 }).innerText()
}

describe('demo.ts --browser', () => {
  it('logs in with a click on Allow, and goes on from there', async () => {
    const program = startProgram('demo.ts', ['--browser'], [], browser)
    expect(await click('Allow')).toMatch(/received/i)
    const { code, output } = await program.ended
    expect(output).toContain('✓ logged in as person@example.com')
    expect(output).toContain('Done.\n')
    expect(output).not.toContain('\u001b')
    expect(output).not.toMatch(WHOLE_SECRET)
    expect(code).toBe(0)
  })
})

describe('login.ts', () => {
  it('logs in with a click on Allow, while it asks for a code', async () => {
    const program = startProgram('login.ts', ['--emulator'], [], browser)
    await click('Allow')
    const { code, output } = await program.ended
    expect(output).toContain('Logged in as person@example.com, Example Organization.')
    expect(code).toBe(0)
  })

  it('says that access was denied, and ends', async () => {
    const program = startProgram('login.ts', ['--emulator'], [], browser)
    await click('Deny')
    const { code, output } = await program.ended
    expect(output).toContain('authorization_denied')
    expect(code).toBe(1)
  })
})
