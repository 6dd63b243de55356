import { expect } from 'vitest'
import { runTool, type ToolSurroundings } from './tool-process.ts'

/** A line of the doctor. */
export interface Finding {
  readonly check: string
  readonly status: string
  readonly message: string
  readonly remedy: string | null
}

/** What the doctor has found, and how it ended. */
export interface Diagnosis {
  readonly code: number | null
  readonly all: readonly Finding[]
  /** What is not in order. */
  readonly bad: readonly Finding[]
  /** All that it has written. */
  readonly output: string
}

/** Runs the doctor on a desktop, on which nothing but what a test breaks is out of order. */
export async function diagnose(
  { env, ...surroundings }: ToolSurroundings,
  args: readonly string[] = [],
): Promise<Diagnosis> {
  const desktop = { BROWSER: 'true', ...env }
  const { code, stdout, stderr } = await runTool(['doctor', '--json', ...args], {
    ...surroundings,
    env: desktop,
  })
  const all = JSON.parse(stdout) as Finding[]
  return { code, all, bad: all.filter(({ status }) => status !== 'ok'), output: stdout + stderr }
}

/** Finds one problem, and nothing else that is not in order. */
export async function expectOnly(
  surroundings: ToolSurroundings,
  finding: Partial<Record<keyof Finding, unknown>>,
  code: number,
  args: readonly string[] = [],
): Promise<void> {
  const diagnosis = await diagnose(surroundings, args)
  expect(diagnosis.bad).toEqual([expect.objectContaining(finding)])
  expect(diagnosis.code).toBe(code)
}

/** Makes Node run a module before the tool. */
export function before(module: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(module)}` }
}
