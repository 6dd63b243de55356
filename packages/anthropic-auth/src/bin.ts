#!/usr/bin/env node
import { runCommandLine } from './cli/command-line.ts'

// The commands are loaded after this, so the stacks of their errors name the source files.
if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true)
process.exitCode = await runCommandLine(process.argv.slice(2))
