// `pnpm pictures:consent`: takes a picture of the emulator's consent page in Chromium, light and dark.
import { join } from 'node:path'
import { OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { chromium } from 'playwright-core'
import { CHROMIUM_PATH } from './tests/chromium-path.ts'

const pictures = join(import.meta.dirname, '../docs/pictures')

await using emulator = await startEmulator({ account: { email: 'ada@example.com' } })
const { authorizationUrl } = new OAuthClient({ endpoints: emulator.endpoints }).startFlow('console')
const browser = await chromium.launch({
  executablePath: CHROMIUM_PATH,
  args: ['--no-sandbox', '--disable-gpu'],
})
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: { width: 560, height: 400 }, colorScheme })
  await page.goto(authorizationUrl)
  const path = join(pictures, `consent-${colorScheme}.png`)
  await page.screenshot({ path, animations: 'disabled', fullPage: true })
}
await browser.close()
