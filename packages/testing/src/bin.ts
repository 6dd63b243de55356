#!/usr/bin/env node
import { HELP } from './command-line/help.ts'

// Load only what is needed: `--help` needs neither the server nor the parser of the options.
const first = process.argv[2]

if (first === '--help' || first === '-h') {
  process.stdout.write(HELP)
} else if (first === '--version') {
  const { emulatorVersion } = await import('./version.ts')
  process.stdout.write(`${await emulatorVersion()}\n`)
} else {
  const { runCommandLine } = await import('./command-line/command-line.ts')
  await runCommandLine(process.argv.slice(2))
}
