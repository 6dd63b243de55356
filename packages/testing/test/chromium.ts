import { type Browser, chromium } from 'playwright-core'
import { CHROMIUM_PATH } from '../../../scripts/tests/chromium-path.ts'

/** A real Chromium that asks the network for nothing but what a test opens. */
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
