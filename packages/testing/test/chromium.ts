import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM_PATH } from '../../../scripts/tests/chromium-path.ts'

/** A real Chromium that requests nothing from the network except the pages of a test. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM_PATH,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  })
}
