import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publicEntries } from './public-entry.ts'

const root = join(import.meta.dirname, '../..')

describe('publicEntries()', () => {
  it('finds each module that programs import, with its source', () => {
    const entries = publicEntries(root)

    expect(entries.map(({ name }) => name)).toContain('anthropic-auth/profile-store')
    expect(entries.filter(({ source }) => !existsSync(join(root, source)))).toEqual([])
    expect(entries.find(({ name }) => name === '@anthropic-auth/core')).toEqual({
      name: '@anthropic-auth/core',
      folder: 'packages/core',
      source: 'packages/core/src/index.ts',
      types: 'packages/core/dist/index.d.ts',
    })
  })

  it('leaves out entries that are not public', () => {
    expect(publicEntries(root).filter(({ name }) => name.endsWith('/internal'))).toEqual([])
  })
})
