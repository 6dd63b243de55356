import { fileURLToPath } from 'node:url'
import { isBuilt } from '../../../scripts/tests/program-options.ts'

const SCRIPT = isBuilt() ? '../dist/bin.js' : '../src/bin.ts'

/** The script of the command line tool: its bundle, which users get, or its source. */
export const TOOL_SCRIPT: string = fileURLToPath(new URL(SCRIPT, import.meta.url))
