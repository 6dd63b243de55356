#!/usr/bin/env node
import { runCommandLine } from './cli/command-line.ts'
import { endUnexpectedly } from './cli/unexpected-error.ts'

// The commands are loaded after this, so the stacks of their errors name the source files.
if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true)
const args = process.argv.slice(2)
process.on('uncaughtException', (error) => endUnexpectedly(error, args))
process.exitCode = await runCommandLine(args)
