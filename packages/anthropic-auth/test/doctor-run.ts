import { expect } from 'vitest'
import { runTool, type ToolSurroundings } from './tool-process.ts'

/** A line of the doctor. */
export interface Finding {
  readonly check: string
  readonly status: string
  readonly message: string
  readonly remedy: string | null
}

/** The findings of the doctor, and its exit code. */
export interface Diagnosis {
  readonly code: number | null
  readonly all: readonly Finding[]
  /** The problems and warnings. */
  readonly bad: readonly Finding[]
  /** Everything that it has printed. */
  readonly output: string
}

/** Runs the doctor on a desktop where everything is fine, except for the problem that a test makes. */
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

/** Expects one problem or warning, and no other. */
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
