import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { installedFolders, licensesOf } from './inlined-licenses.ts'

describe('licensesOf()', () => {
  it('has the license of each package once, sorted by name', () => {
    const root = temporaryFolder()
    const second = installPackage(root, 'b', { 'license.md': 'You may use b.' })
    const first = installPackage(root, '@scope/a', { LICENSE: 'You may use a.\n' })
    expect(
      licensesOf([
        join(second, 'index.js'),
        join(second, 'lib/x.js'),
        join(first, 'a.js'),
        join(root, 'src/own.ts'),
      ]),
    ).toBe(`@scope/a@1.2.3\n\nYou may use a.\n\n${'-'.repeat(80)}\n\nb@1.2.3\n\nYou may use b.\n`)
  })

  it('refuses a package without a license', () => {
    const folder = installPackage(temporaryFolder(), 'c', {})
    expect(() => licensesOf([join(folder, 'index.js')])).toThrow('c has no license file')
  })
})

describe('installedFolders()', () => {
  it('finds the innermost package', () => {
    expect(
      installedFolders([
        '/w/node_modules/.pnpm/ky@2.1.0/node_modules/ky/distribution/index.js',
        'C:\\w\\node_modules\\@a\\b\\c.js',
        '/w/packages/core/src/index.ts',
      ]),
    ).toEqual(['/w/node_modules/.pnpm/ky@2.1.0/node_modules/ky', 'C:\\w\\node_modules\\@a\\b'])
  })
})

function installPackage(root: string, name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3' }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-licenses-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
