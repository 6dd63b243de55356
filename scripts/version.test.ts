import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { versionModule } from './version-module.ts'

function read(path: string): string {
  return readFileSync(new URL(`../packages/core/${path}`, import.meta.url), 'utf8')
}

describe('versionModule()', () => {
  it('exports the version', () => {
    expect(versionModule('1.2.3')).toContain("\nexport const VERSION = '1.2.3'\n")
  })
})

describe('packages/core/src/version.ts', () => {
  it('is what `pnpm version` writes for the version in package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }

    expect(read('src/version.ts')).toBe(versionModule(version))
  })
})
