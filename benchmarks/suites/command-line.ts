import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Length } from '../comparison.ts'
import { compareProcesses } from '../processes.ts'
import { atMost, ratio, type Result, time } from '../result.ts'

const BIN = join(import.meta.dirname, '../../packages/anthropic-auth/dist/bin.js')
const TARGETS = { '--help': 1.6, status: 1.9, token: 2.2 }

export async function run(length: Length): Promise<readonly Result[]> {
  const configDir = profileFolder()
  const env = { ANTHROPIC_CONFIG_DIR: configDir }
  try {
    const { bare, ...commands } = await compareProcesses(
      {
        bare: { args: ['-e', '0'] },
        '--help': { args: [BIN, '--help'], prints: 'anthropic-auth login' },
        status: { args: [BIN, 'status'], env, prints: 'default' },
        token: { args: [BIN, 'token'], env, prints: 'an-access-token' },
      },
      length,
    )
    return (['--help', 'status', 'token'] as const).map((name) => ({
      row: 10,
      work: `process: anthropic-auth ${name}`,
      ours: time(commands[name]),
      peer: `bare node ${time(bare)}`,
      ...atMost(ratio(commands[name], bare), TARGETS[name]),
    }))
  } finally {
    rmSync(configDir, { recursive: true })
  }
}

/** Creates a profile whose access token is fresh. */
function profileFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-'))
  // A time far in the future would count as unknown, and the token would be refreshed.
  const expiresAt = Math.floor(Date.now() / 1000) + 86_400
  const tokens = { access_token: 'an-access-token', refresh_token: 'refresh', expires_at: expiresAt }
  mkdirSync(join(folder, 'credentials'))
  writeFileSync(join(folder, 'credentials', 'default.json'), JSON.stringify(tokens), { mode: 0o600 })
  return folder
}
