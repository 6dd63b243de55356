import { execFileSync } from 'node:child_process'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../profile-store/test/temporary-folder.ts'
import { isInstalled } from '../../../../scripts/tests/optional-tool.ts'
import { shellAssignments } from './shell-assignments.ts'

const ODD = [
  'plain',
  '',
  'two words',
  "it's",
  'say "hi"',
  '$HOME `id` $(id) \\ \\n !x',
  'a: b\nc: d',
  'ünïcode ‘quotes’',
  '#no comment',
]

/** Prints the variable as a program that the shell starts sees it. */
const PRINT = `node -e 'process.stdout.write(JSON.stringify([process.env.VALUE, process.env.GONE ?? null]))'`

function seenBy(shell: string, script: string): unknown {
  const env = { PATH: process.env['PATH'], HOME: temporaryFolder(), GONE: 'still here' }
  return JSON.parse(execFileSync(shell, ['-c', script], { env, encoding: 'utf8' }))
}

describe('shellAssignments()', { timeout: 60_000 }, () => {
  describe.each(['sh', 'fish'] as const)('for %s', (shell) => {
    it.skipIf(!isInstalled(shell)).each(ODD)('exports a value and unsets a variable: %j', (value) => {
      const script = shellAssignments({ VALUE: value, GONE: null }, shell)
      expect(seenBy(shell, `${script}\n${PRINT}`)).toEqual([value, null])
    })
  })

  it.each(ODD)('writes a value that a dotenv file reader understands: %j', (value) => {
    expect(parseEnv(shellAssignments({ VALUE: value, GONE: null }, 'dotenv'))).toEqual({ VALUE: value })
  })

  it('doubles every character that ends a quoted text in PowerShell', () => {
    expect(shellAssignments({ VALUE: "a'b‘c’d‚e‛f", GONE: null }, 'powershell')).toBe(
      "$env:VALUE = 'a''b‘‘c’’d‚‚e‛‛f'\nRemove-Item Env:GONE -ErrorAction SilentlyContinue",
    )
  })
})
