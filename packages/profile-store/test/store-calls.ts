import type { ProfileStoreOptions } from '@anthropic-auth/profile-store'
import { expect } from 'vitest'
import { startProgram } from './child-program.ts'

/** The user id of the user `nobody`. */
export const STRANGER = 65_534

/** Calls of a profile store in another process. */
export interface StoreCalls {
  /** The user that the process becomes. */
  readonly uid?: number
  readonly umask?: number
  readonly options?: ProfileStoreOptions
  readonly methods: readonly ('load' | 'save' | 'prepareSave' | 'remove' | 'tightenFolders' | 'lock')[]
}

/** The outcome of one call. */
export interface StoreOutcome {
  readonly method: string
  readonly result?: unknown
  readonly error?: unknown
}

/** Calls a profile store in another process. `lock` calls `prepareSave()` inside. */
export async function callStore(
  calls: StoreCalls,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly StoreOutcome[]> {
  const { output, problem } = await startProgram('store-process.ts', [JSON.stringify(calls)], env).ended
  expect(problem).toBe('')
  return JSON.parse(output) as readonly StoreOutcome[]
}
