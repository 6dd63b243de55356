// `pnpm demo`: a whole login against the emulator, each step with what was sent and what came back.
// `pnpm demo --browser`: the login in your own browser, and what a program then does with it.
// `pnpm demo --serve`: the same server, left up, for a login by a pasted code.
import { parseArgs } from 'node:util'
import { loginInBrowser } from './demo/browser.ts'
import { narration } from './demo/narration.ts'
import { serve } from './demo/serve.ts'
import { tour } from './demo/tour.ts'

const { values } = parseArgs({
  options: { browser: { type: 'boolean', default: false }, serve: { type: 'boolean', default: false } },
})
const show = values.browser ? loginInBrowser : values.serve ? serve : tour
try {
  await show()
} catch (error) {
  narration.failure(error)
  process.exitCode = 1
}
