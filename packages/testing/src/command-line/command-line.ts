import { parseArgs } from 'node:util'
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

/** Runs the emulator as the command line says. Errors go to standard error, with exit code 2 for wrong options. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    const { values } = parseArgs({ args: [...args], options: FLAGS })
    if (values.help === true) process.stdout.write(HELP)
    else await serve(readOptions(values), values.open === true)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${message}\nRun anthropic-auth-emulator --help to see the options.\n`)
    process.exitCode = error instanceof TypeError || error instanceof RangeError ? 2 : 1
  }
}

async function serve(options: Parameters<typeof startEmulator>[0], isOpened: boolean): Promise<void> {
  const emulator = await startEmulator(options)
  process.stdout.write(banner(emulator))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void emulator.close())
  }
  if (isOpened) await openInBrowser(emulator.inspectorUrl)
}
