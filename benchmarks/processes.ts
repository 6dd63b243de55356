import { spawnSync } from 'node:child_process'
import { inTurn, type Length, mapValues, type Sample, sampleOf } from './comparison.ts'

/** A process of Node. */
export interface Program {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A text that its output must contain. */
  readonly prints?: string
}

/** Returns the arguments for a program in its own process. */
export function script(code: string): readonly string[] {
  return ['--input-type=module', '--eval', code]
}

/** Measures whole processes, from start to end. The first run of each fills the caches of the file system. */
export async function compareProcesses<K extends string>(
  programs: Readonly<Record<K, Program>>,
  { rounds, timeMs }: Length,
): Promise<Readonly<Record<K, Sample>>> {
  Object.values<Program>(programs).forEach(output)
  const starts = Math.max(5, Math.round((rounds * timeMs) / 100))
  const times = await inTurn(
    mapValues(programs, (program) => () => processTime(program)),
    starts,
  )
  return mapValues(times, sampleOf)
}

function processTime(program: Program): number {
  const startedAt = performance.now()
  output(program)
  return 1000 * (performance.now() - startedAt)
}

/** @throws Error when the process fails, or does not print what it should */
export function output({ args, env = {}, prints = '' }: Program): string {
  // A compile cache or an option of the caller would favor one side.
  const { NODE_COMPILE_CACHE: _cache, NODE_OPTIONS: _options, ...inherited } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0 || !stdout.includes(prints)) {
    throw new Error(`node ${args.join(' ')} failed: ${stdout}${stderr}`)
  }
  return stdout
}
