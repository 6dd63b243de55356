// `pnpm demo`: a whole login against the emulator, each step with what was sent and what came back.
// `pnpm demo --serve`: the same server, left up, for a person with a browser.
import { parseArgs } from 'node:util'
import { narration } from './demo/narration.ts'
import { serve } from './demo/serve.ts'
import { tour } from './demo/tour.ts'

const { values } = parseArgs({ options: { serve: { type: 'boolean', default: false } } })
try {
  await (values.serve ? serve() : tour())
} catch (error) {
  narration.failure(error)
  process.exitCode = 1
}
