import { parseArgs } from 'node:util'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { startEmulator } from '../emulator.ts'
import { banner } from './banner.ts'
import { HELP } from './help.ts'
import { openInBrowser } from './open-in-browser.ts'
import { readOptions } from './options.ts'

const FLAGS = {
  port: { type: 'string' },
  open: { type: 'boolean' },
  client: { type: 'string', multiple: true },
  workspace: { type: 'string' },
  'token-lifetime': { type: 'string' },
  'login-lifetime': { type: 'string' },
  'separate-api-origin': { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP_HINT = 'Run anthropic-auth-emulator --help to see the options.\n'
const PORT_HINT = 'Choose another port with --port, or leave --port out to use any free port.\n'

/** Runs the emulator as the command line says. Errors go to standard error, with exit code 2 for wrong options. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    const { values } = parseArgs({ args: [...args], options: FLAGS })
    if (values.help === true) process.stdout.write(HELP)
    else await serve(readOptions(values), values.open === true)
  } catch (error) {
    const isWrongOption = error instanceof TypeError || error instanceof RangeError
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${message}\n${isWrongOption ? HELP_HINT : hintOf(error)}`)
    process.exitCode = isWrongOption ? 2 : 1
  }
}

function hintOf(error: unknown): string {
  return isAnthropicAuthError(error, 'port_unavailable') ? PORT_HINT : ''
}

async function serve(options: Parameters<typeof startEmulator>[0], isOpened: boolean): Promise<void> {
  const emulator = await startEmulator(options)
  process.stdout.write(banner(emulator))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void emulator.close())
  }
  if (isOpened) await openInBrowser(emulator.inspectorUrl)
}
