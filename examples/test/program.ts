import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { NO_BROWSER, type StandInBrowser } from './stand-in-browser.ts'
import { PROGRAM_OPTIONS } from '../../scripts/tests/program-options.ts'

/** A program of the examples, run as its user would run it. */
export interface Program {
  /** Waits until the output contains something, and returns the match. */
  outputs(pattern: RegExp): Promise<RegExpExecArray>
  type(line: string): void
  interrupt(): void
  /** The exit code and the whole output. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

/** Starts `examples/{name}`; `nodeArgs` come before it, and `browser` stands in for the user's own. */
export function startProgram(
  name: string,
  args: readonly string[] = [],
  nodeArgs: readonly string[] = [],
  browser: StandInBrowser | null = null,
): Program {
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url))
  const child = spawn(process.execPath, [...PROGRAM_OPTIONS, ...nodeArgs, path, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...(browser?.env ?? NO_BROWSER), FORCE_COLOR: undefined, NO_COLOR: undefined },
  })
  let output = ''
  const onOutput = (listener: () => void): void => {
    for (const stream of [child.stdout, child.stderr]) stream.on('data', listener)
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return {
    outputs: (pattern) => matchOf(child, pattern, () => output, onOutput),
    type: (line) => void child.stdin.write(`${line}\n`),
    interrupt: () => void child.kill('SIGINT'),
    ended: new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, output }))
    }),
  }
}

async function matchOf(
  child: ChildProcess,
  pattern: RegExp,
  output: () => string,
  onOutput: (listener: () => void) => void,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const match = pattern.exec(output())
      if (match !== null) resolve(match)
    }
    look()
    onOutput(look)
    child.once('close', () => reject(new Error(`${String(pattern)} did not come in:\n${output()}`)))
  })
}
