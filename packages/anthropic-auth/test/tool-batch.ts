import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The result of a run of the tool. */
export interface ToolRun {
  readonly args: readonly string[]
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the tool once for each list of arguments, all in one process: a process for each would take minutes. */
export function runToolForEach(lists: readonly (readonly string[])[], configDir: string): readonly ToolRun[] {
  const path = fileURLToPath(new URL('tool-batch-process.ts', import.meta.url))
  const output = execFileSync(process.execPath, ['--conditions=@anthropic-auth/source', path], {
    input: JSON.stringify(lists),
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ANTHROPIC_CONFIG_DIR: configDir,
    },
    encoding: 'utf8',
  })
  return JSON.parse(output) as readonly ToolRun[]
}
