import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { OtherSystem } from './other-system.ts'

/** A folder of stand-ins for the programs that open browsers, and the place where they record their arguments. */
export class Launchers {
  readonly directory: string
  readonly record: string

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'anthropic-auth-browser-'))
    this.record = join(this.directory, 'record')
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }))
  }

  /** Adds one, a shell script that records its arguments and then runs `then`; returns its path. */
  add(name: string, then = ''): string {
    const path = join(this.directory, name)
    // What is recorded appears at once and complete.
    const script = `#!/bin/sh
{ printf '%s\\n' "\${0##*/}" "$@"; } > "$RECORD.part"
mv "$RECORD.part" "$RECORD"
${then}
`
    writeFileSync(path, script)
    chmodSync(path, 0o755)
    return path
  }

  /** The lines that a stand-in recorded, its name first; `null` when none was started. */
  get recorded(): readonly string[] | null {
    return existsSync(this.record) ? readFileSync(this.record, 'utf8').trimEnd().split('\n') : null
  }
}

/** How a program that opened a link ended. */
export interface Opened {
  readonly exitCode: number | null
  /** All that it wrote itself, and all that what it started wrote to its streams. */
  readonly output: string
  readonly result: { opened?: true; code?: string; message?: string; shown?: string }
}

/** On every machine: on macOS, the real launcher would open a real browser. */
const LINUX: OtherSystem = { platform: 'linux', isReal: true }

/** Runs browser-process.ts in an environment of `env` alone, with the stand-ins before all other programs. */
export async function openInProcess(
  launchers: Launchers,
  args: readonly [how: 'async' | 'timed' | 'sync' | 'blocked', url: string, ...app: string[]],
  env: NodeJS.ProcessEnv,
): Promise<Opened> {
  const program = fileURLToPath(new URL('browser-process.ts', import.meta.url))
  const preload = fileURLToPath(new URL('other-system.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--conditions=@anthropic-auth/source', `--import=${preload}`, program, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${launchers.directory}:/usr/bin:/bin`,
        RECORD: launchers.record,
        OTHER_SYSTEM: JSON.stringify(LINUX),
        ...env,
      },
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const [exitCode] = (await once(child, 'close')) as [number | null]
  const line = /^\{.*\}$/m.exec(output)?.[0] ?? '{}'
  return { exitCode, output, result: JSON.parse(line) as Opened['result'] }
}

/** What a program started. */
export interface Started {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly shell?: boolean
}

/** Opens a link on a system that Node only tells of; nothing is started but recorded. */
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
