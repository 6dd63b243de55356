import { fileURLToPath } from 'node:url'

// The bundle is what users get, and starts in a third of the time. With `BUILT_TOOL` unset, vitest.workspace.ts chooses it
// if the packages are built from the present sources.
const SCRIPT = process.env['BUILT_TOOL'] === '1' ? '../dist/bin.js' : '../src/bin.ts'

/** The script of the command line tool: its bundle, or its source. */
export const TOOL_SCRIPT: string = fileURLToPath(new URL(SCRIPT, import.meta.url))
