#!/usr/bin/env node
import { runCommandLine } from './cli/command-line.ts'
import { endSoon } from './cli/process-end.ts'
import { endUnexpectedly } from './cli/unexpected-error.ts'

const args = process.argv.slice(2)
const isDebug = args.includes('--debug')
// The commands are loaded after this, so the stacks of their errors name the source files.
if (isDebug) process.setSourceMapsEnabled(true)
const stackOf = isDebug ? (await import('./cli/unexpected-stack.ts')).unexpectedStack : undefined
process.on('uncaughtException', (error) => endUnexpectedly(error, args, stackOf))
process.exitCode = await runCommandLine(args)
endSoon()
