import { describe, expect, it } from 'vitest'
import {
  dependencyProblems,
  fieldProblems,
  fileProblems,
  installScriptProblems,
  workspaceProblems,
} from './package-manifest.ts'

describe('installScriptProblems()', () => {
  it.each(['preinstall', 'install', 'postinstall', 'prepare'])('refuses %s', (script) => {
    expect(installScriptProblems({ name: 'a', scripts: { [script]: 'node x.js' } })).toEqual([
      `it has a script "${script}"`,
    ])
  })

  it('allows scripts that no installation runs', () => {
    expect(installScriptProblems({ name: 'a', scripts: { build: 'tsup' } })).toEqual([])
    expect(installScriptProblems({ name: 'a' })).toEqual([])
  })
})

describe('fieldProblems()', () => {
  it('refuses the address of the project and dependencies of other kinds', () => {
    expect(
      fieldProblems({ name: 'a', optionalDependencies: { b: '1' }, peerDependencies: { b: '1' } }),
    ).toEqual(['it has the field "peerDependencies"', 'it has the field "optionalDependencies"'])
  })
})

describe('workspaceProblems()', () => {
  it('refuses text that only the workspace understands, wherever it is', () => {
    expect(
      workspaceProblems({ name: 'a', exports: { '.': { '@anthropic-auth/source': './s.ts' } } }),
    ).toEqual(['its package.json holds "@anthropic-auth/source"'])
    expect(workspaceProblems({ name: 'a', dependencies: { b: 'workspace:^', c: 'catalog:' } })).toEqual([
      'its package.json holds "workspace:"',
      'its package.json holds "catalog:"',
    ])
  })

  it('allows versions', () => {
    expect(workspaceProblems({ name: 'a', dependencies: { b: '^1.0.0' } })).toEqual([])
  })
})

describe('dependencyProblems()', () => {
  it('requires exactly the permitted dependencies', () => {
    expect(dependencyProblems({ name: 'a', dependencies: { b: '1', c: '1' } }, ['b', 'd'])).toEqual([
      'c is not permitted',
      'd is missing',
    ])
    expect(dependencyProblems({ name: 'a', dependencies: { b: '1' } }, ['b'])).toEqual([])
    expect(dependencyProblems({ name: 'a' }, [])).toEqual([])
  })
})

describe('fileProblems()', () => {
  const complete = ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']

  it('allows what was built', () => {
    expect(fileProblems([...complete, 'dist/bin.js', 'CHANGELOG.md'])).toEqual([])
  })

  it('names what is missing', () => {
    expect(fileProblems(['package.json', 'dist/index.js', 'dist/index.d.ts'])).toEqual([
      'LICENSE is missing',
      'README.md is missing',
    ])
  })

  it('refuses sources and tests', () => {
    expect(fileProblems([...complete, 'src/index.ts', 'dist/index.test.js'])).toEqual([
      'src/index.ts does not belong in it',
      'dist/index.test.js is a test',
    ])
  })
})
