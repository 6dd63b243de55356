import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isBuilt, rememberBuild } from './built-packages.ts'

function write(root: string, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

function builtWorkspace(): string {
  const root = mkdtempSync(join(tmpdir(), 'anthropic-auth-built-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  write(root, 'packages/core/src/index.ts', 'export {}')
  write(root, 'packages/core/dist/index.js', 'export {}')
  rememberBuild(root)
  return root
}

describe('isBuilt()', () => {
  it('is true while nothing has changed', () => {
    expect(isBuilt(builtWorkspace())).toBe(true)
  })

  it('is false before the first build', () => {
    const root = mkdtempSync(join(tmpdir(), 'anthropic-auth-built-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    expect(isBuilt(root)).toBe(false)
  })

  it.each([
    ['packages/core/src/index.ts', 'export const changed = true'],
    ['packages/core/src/http/added.ts', ''],
    ['packages/core/dist/index.js', ''],
    ['packages/core/package.json', '{}'],
    ['pnpm-lock.yaml', ''],
  ])('is false after a change of %s', (file, text) => {
    const root = builtWorkspace()
    write(root, file, text)
    expect(isBuilt(root)).toBe(false)
  })

  it('is false when a built file is gone', () => {
    const root = builtWorkspace()
    rmSync(join(root, 'packages/core/dist'), { recursive: true })
    expect(isBuilt(root)).toBe(false)
  })
})
