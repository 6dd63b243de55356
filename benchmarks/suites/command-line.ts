import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Length, type Sample, sampleOf } from '../comparison.ts'
import { atMost, type Result } from '../result.ts'

const BIN = join(import.meta.dirname, '../../packages/anthropic-auth/dist/bin.js')
const RUNS = {
  bare: ['-e', '0'],
  '--help': [BIN, '--help'],
  status: [BIN, 'status'],
}

type Name = keyof typeof RUNS

/** Whole processes, in turn. */
export async function run({ rounds, timeMs }: Length): Promise<readonly Result[]> {
  const configDir = profileFolder()
  try {
    const names = Object.keys(RUNS) as Name[]
    const times = new Map<Name, number[]>(names.map((name) => [name, []]))
    const starts = Math.max(5, Math.round((rounds * timeMs) / 100))
    for (let start = 0; start < starts; start++) {
      for (const name of names) times.get(name)?.push(processMs(RUNS[name], configDir))
    }
    const bare = sampleOf(times.get('bare') ?? [])
    return (['--help', 'status'] as const).map((name) => result(name, sampleOf(times.get(name) ?? []), bare))
  } finally {
    rmSync(configDir, { recursive: true })
  }
}

function result(name: Name, ours: Sample, bare: Sample): Result {
  return {
    row: 10,
    work: `process: anthropic-auth ${name}`,
    ours: milliseconds(ours),
    peer: `bare node ${milliseconds(bare)}`,
    ...atMost(ours.median / bare.median, 2),
  }
}

/** With a login, as `status` is for. */
function profileFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-'))
  const tokens = { access_token: 'access', refresh_token: 'refresh', expires_at: 4_000_000_000 }
  mkdirSync(join(folder, 'credentials'))
  writeFileSync(join(folder, 'credentials', 'default.json'), JSON.stringify(tokens), { mode: 0o600 })
  return folder
}

function processMs(args: readonly string[], configDir: string): number {
  const startedAt = performance.now()
  execFileSync(process.execPath, args, { env: { ...process.env, ANTHROPIC_CONFIG_DIR: configDir } })
  return performance.now() - startedAt
}

function milliseconds({ median, low, high }: Sample): string {
  return `${median.toFixed(0)} ms (${low.toFixed(0)}–${high.toFixed(0)})`
}
