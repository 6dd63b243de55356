import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dependencyTable, releasesIn } from './dependency-table.ts'
import { runtimeDependencies, type RuntimeDependency } from './runtime-dependency.ts'

const root = new URL('../..', import.meta.url).pathname
const KY: RuntimeDependency = {
  name: 'ky',
  version: '2.1.0',
  license: 'MIT',
  usedBy: ['@anthropic-auth/core'],
  isBundled: false,
  packages: 1,
  bytes: 150_400,
}

describe('runtimeDependencies()', () => {
  it('finds a dependency with its version, license, users and files', () => {
    const ky = runtimeDependencies(root).find(({ name }) => name === 'ky')

    expect(ky).toMatchObject({ license: 'MIT', usedBy: ['@anthropic-auth/core'], packages: 1 })
    expect(ky?.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(ky?.bytes).toBeGreaterThan(10_000)
  })

  it('shows which dependencies are part of the build', () => {
    const noble = runtimeDependencies(root).find(({ name }) => name === '@noble/hashes')

    expect(noble?.isBundled).toBe(true)
  })

  it('counts the packages that a dependency installs', () => {
    expect(runtimeDependencies(root).find(({ name }) => name === 'open')?.packages).toBeGreaterThan(5)
  })
})

describe('dependencyTable()', () => {
  it('refuses a dependency without a reason', () => {
    const dependencies = [...runtimeDependencies(root), { ...KY, name: 'left-pad' }]

    expect(() => dependencyTable(dependencies, new Map())).toThrow(
      'Say in dependency-table.ts why left-pad is needed.',
    )
  })

  it('refuses a reason that is left over', () => {
    const dependencies = runtimeDependencies(root).filter(({ name }) => name !== 'ky')

    expect(() => dependencyTable(dependencies, new Map())).toThrow('no package depends on ky')
  })

  it('writes dates that releasesIn() reads', () => {
    const dependencies = runtimeDependencies(root)
    const ky = dependencies.find(({ name }) => name === 'ky') ?? KY
    const releases = new Map([[`ky@${ky.version}`, '2026-05-01']])

    expect(releasesIn(dependencyTable(dependencies, releases))).toEqual(releases)
  })
})

describe('docs/dependencies.md', () => {
  it('has the date of each version', () => {
    const releases = releasesIn(readFileSync(new URL('../../docs/dependencies.md', import.meta.url), 'utf8'))

    expect(
      runtimeDependencies(root).filter(({ name, version }) => !releases.has(`${name}@${version}`)),
    ).toEqual([])
  })
})
