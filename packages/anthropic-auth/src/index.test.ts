import * as blocking from '@anthropic-auth/blocking'
import * as browser from '@anthropic-auth/browser'
import * as callbackServer from '@anthropic-auth/callback-server'
import * as core from '@anthropic-auth/core'
import * as federation from '@anthropic-auth/federation'
import { describe, expect, it } from 'vitest'
import { startProgram } from '../../profile-store/test/child-program.ts'
import * as all from './index.ts'

describe('anthropic-auth', () => {
  it('exports everything of the packages that it combines', () => {
    expect(all).toMatchObject({ ...core, ...blocking, ...browser, ...callbackServer, ...federation })
    expect(all.OAuthClient).toBe(core.OAuthClient)
  })

  it(
    'does nothing when it is imported, and needs no Node module for the import',
    { timeout: 60_000 },
    async () => {
      const { code, output, problem } = await startProgram(
        new URL('../test/import-process.ts', import.meta.url).href,
        [],
      ).ended
      expect({ code, output, problem }).toEqual({
        code: 0,
        output: 'unsupported_runtime\n'.repeat(3),
        problem: '',
      })
    },
  )
})
