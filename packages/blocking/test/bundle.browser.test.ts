import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { bundleProgram } from './built-package.ts'
import { launchChromium } from '../../testing/test/chromium.ts'

const PROGRAM = `
  import { BlockingOAuthClient } from '@anthropic-auth/blocking'
  globalThis.outcome = 'imported'
  let started = 0
  globalThis.Worker = class { constructor() { started++ } }
  globalThis.createClient = () => {
    try {
      new BlockingOAuthClient()
      return 'created'
    } catch (error) {
      return [error.code, started].join(' ')
    }
  }
`

it('can be imported by a page, where a client is refused before anything is started', async () => {
  const content = readFileSync(await bundleProgram(PROGRAM, 'browser'), 'utf8')
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.addScriptTag({ content, type: 'module' })
    await page.waitForFunction('globalThis.outcome')
    expect(await page.evaluate('globalThis.createClient()')).toBe('unsupported_runtime 0')
  } finally {
    await browser.close()
  }
})
