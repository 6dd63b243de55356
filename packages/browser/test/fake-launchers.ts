import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { OtherSystem } from './other-system.ts'
import { PROGRAM_OPTIONS } from '../../../scripts/tests/program-options.ts'

/** A folder of fake launchers that record their arguments in a file. */
export class Launchers {
  readonly directory: string
  readonly record: string

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'anthropic-auth-browser-'))
    this.record = join(this.directory, 'record')
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }))
  }

  /** Adds a shell script that records its arguments and then runs `then`; returns its path. */
  add(name: string, then = ''): string {
    const path = join(this.directory, name)
    // The rename makes the whole record appear at once.
    const script = `#!/bin/sh
{ printf '%s\\n' "\${0##*/}" "$@"; } > "$RECORD.part"
mv "$RECORD.part" "$RECORD"
${then}
`
    writeFileSync(path, script)
    chmodSync(path, 0o755)
    return path
  }

  /** The recorded lines, first the launcher's name; `null` if no launcher was started. */
  get recorded(): readonly string[] | null {
    return existsSync(this.record) ? readFileSync(this.record, 'utf8').trimEnd().split('\n') : null
  }
}

/** The result of a program that opened a link. */
export interface Opened {
  readonly exitCode: number | null
  /** Everything that the program and its launchers wrote. */
  readonly output: string
  readonly result: { opened?: true; code?: string; message?: string; shown?: string }
}

/** The tests use this system on every machine: on macOS, the real launcher would open a real browser. */
const LINUX: OtherSystem = { platform: 'linux', isReal: true }

/** Runs browser-process.ts with only the variables of `env`, and with the fake launchers first on PATH. */
export async function openInProcess(
  launchers: Launchers,
  args: readonly [how: 'async' | 'timed' | 'sync' | 'blocked', url: string, ...app: string[]],
  env: NodeJS.ProcessEnv,
): Promise<Opened> {
  const program = fileURLToPath(new URL('browser-process.ts', import.meta.url))
  const preload = fileURLToPath(new URL('other-system.ts', import.meta.url))
  const child = spawn(process.execPath, [...PROGRAM_OPTIONS, `--import=${preload}`, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${launchers.directory}:/usr/bin:/bin`,
      RECORD: launchers.record,
      OTHER_SYSTEM: JSON.stringify(LINUX),
      ...env,
    },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const [exitCode] = (await once(child, 'close')) as [number | null]
  const line = /^\{.*\}$/m.exec(output)?.[0] ?? '{}'
  return { exitCode, output, result: JSON.parse(line) as Opened['result'] }
}

/** The command that a program started. */
export interface Started {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly shell?: boolean
}

/** Opens a link while Node reports another system; commands are recorded and not started. */
export async function openOn(
  system: OtherSystem,
  args: Parameters<typeof openInProcess>[1],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly opened: Opened; readonly started: Started | null }> {
  const launchers = new Launchers()
  const opened = await openInProcess(launchers, args, { ...env, OTHER_SYSTEM: JSON.stringify(system) })
  const [line] = launchers.recorded ?? []
  return { opened, started: line === undefined ? null : (JSON.parse(line) as Started) }
}
