import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Consumer } from './consumer.ts'

/** A run of the tool, and a pattern that its output must match. */
interface ToolRun {
  readonly args: readonly string[]
  readonly prints: RegExp
  /** 0 by default. */
  readonly code?: number
}

const RUNS: readonly ToolRun[] = [
  { args: ['token'], prints: /^an-access-token$/ },
  { args: ['status'], prints: /^Status +logged in$/m },
  { args: ['list', '--quiet'], prints: /^default$/ },
  { args: ['statsu'], prints: /Did you mean.*status/, code: 2 },
  // The stack names the sources, not the bundle.
  { args: ['status', '--profile', 'other', '--debug'], prints: /at .*stored-login\.ts:\d+/, code: 3 },
]

/** Runs the command line tool of a consumer with a stored login. */
export async function toolProblems(consumer: Consumer, script: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-profiles-'))
  try {
    storeLogin(folder)
    const problems: string[] = []
    for (const { args, prints, code = 0 } of RUNS) {
      const run = await consumer.run(script, args, { ANTHROPIC_CONFIG_DIR: folder })
      if (run.code === code && prints.test(run.output)) continue
      problems.push(`${args.join(' ')} ended with ${run.code}: ${run.output}`)
    }
    return problems
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function storeLogin(folder: string): void {
  const tokens = {
    version: '1.0',
    type: 'oauth_token',
    access_token: 'an-access-token',
    refresh_token: 'a-refresh-token',
    expires_at: Math.floor(Date.now() / 1000) + 3600,
  }
  mkdirSync(join(folder, 'credentials'), { mode: 0o700 })
  writeFileSync(join(folder, 'credentials', 'default.json'), JSON.stringify(tokens), { mode: 0o600 })
}
