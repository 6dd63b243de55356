import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WAITING_TESTS, waitingFirst } from './waiting-first.ts'

describe('waitingFirst()', () => {
  it('moves the tests that wait to the front, and leaves the order of the others', () => {
    const files = ['/a.test.ts', '/b.test.ts', '/packages/anthropic-auth/test/cli-run.test.ts', '/c.test.ts']

    const sorted = waitingFirst(files.map((moduleId) => ({ moduleId })))

    expect(sorted.map(({ moduleId }) => moduleId)).toEqual([
      '/packages/anthropic-auth/test/cli-run.test.ts',
      '/a.test.ts',
      '/b.test.ts',
      '/c.test.ts',
    ])
  })

  it.each(WAITING_TESTS)('names a file that exists: %s', (path) => {
    expect(existsSync(join(import.meta.dirname, '../..', path))).toBe(true)
  })
})
