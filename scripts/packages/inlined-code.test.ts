import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { licenseProblems } from './inlined-code.ts'
import type { PackedPackage } from './packed-package.ts'

const MAP = '{"version":3,"sources":["../src/own.ts","../node_modules/ky/index.js"],"mappings":""}'

describe('licenseProblems()', () => {
  it('accepts inlined code whose license is in the package', () => {
    expect(
      licenseProblems(packed({ 'dist/a.js.map': MAP, 'dist/LICENSES.txt': 'ky\n\nYou may use ky.\n' })),
    ).toEqual([])
  })

  it('refuses inlined code without its license', () => {
    const given = packed({ 'dist/a.js.map': MAP, LICENSE: 'You may use this.' })
    expect(licenseProblems(given)).toEqual([`it lacks the license of ${given.source}/node_modules/ky`])
  })

  it('asks for no license of its own code', () => {
    const map = '{"version":3,"sources":["../src/own.ts"],"mappings":""}'
    expect(licenseProblems(packed({ 'dist/a.js.map': map }))).toEqual([])
  })
})

function packed(contents: Readonly<Record<string, string>>): PackedPackage {
  const root = mkdtempSync(join(tmpdir(), 'anthropic-auth-inlined-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const [source, directory] = [join(root, 'source'), join(root, 'packed')]
  write(join(source, 'node_modules/ky/license'), 'You may use ky.')
  for (const [file, text] of Object.entries(contents)) write(join(directory, file), text)
  const files = Object.keys(contents)
  return { source, directory, files, tarball: join(root, 'a.tgz'), manifest: { name: 'a' } }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
