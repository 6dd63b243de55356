import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { versionModule } from './version-module.ts'

function read(path: string): string {
  return readFileSync(new URL(`../../packages/${path}`, import.meta.url), 'utf8')
}

describe('versionModule()', () => {
  it('exports the version', () => {
    expect(versionModule('1.2.3')).toContain("\nexport const VERSION = '1.2.3'\n")
  })
})

describe('src/version.ts', () => {
  it.each(['core', 'anthropic-auth'])('of %s is what `pnpm run version` writes', (folder) => {
    const { version } = JSON.parse(read(`${folder}/package.json`)) as { version: string }

    expect(read(`${folder}/src/version.ts`)).toBe(versionModule(version))
  })
})
