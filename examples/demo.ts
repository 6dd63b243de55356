// `pnpm demo`: a whole login with the emulator. Each step shows its requests and responses.
import { parseArgs } from 'node:util'
import { narration } from './demo/narration.ts'

const HELP = `A demo of anthropic-auth with an emulator of the authorization server.
Nothing leaves this machine.

Usage: pnpm demo [option]

Options:
  --browser  log in with your own browser
  --serve    log in by pasting a code, and keep the emulator running
  --cli      show a session of the command line tool
  -h, --help show help

Without an option, it shows a whole login, step by step.
`

const SHOWS = {
  browser: async () => (await import('./demo/browser.ts')).loginInBrowser(),
  serve: async () => (await import('./demo/serve.ts')).serve(),
  cli: async () => (await import('./demo/cli.ts')).showCommandLine(),
  tour: async () => (await import('./demo/tour.ts')).tour(),
}

const OPTIONS = {
  browser: { type: 'boolean' },
  serve: { type: 'boolean' },
  cli: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

try {
  const { values } = parseArgs({ options: OPTIONS })
  const name = (['browser', 'serve', 'cli'] as const).find((one) => values[one] === true)
  if (values.help === true) process.stdout.write(HELP)
  else await SHOWS[name ?? 'tour']()
} catch (error) {
  const isUsage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (isUsage) process.stderr.write(`${error.message}\n\n${HELP}`)
  else narration.failure(error)
  process.exitCode = isUsage ? 2 : 1
}
