import { describe, expect, it } from 'vitest'
import { packageLinks } from '../packages/package-links.ts'
import { releaseProblems, type Release } from './release-problem.ts'

const repository = 'https://example.com/owner/name'
const READY: Release = {
  repository,
  security: 'Contact: security@example.com',
  packages: [
    {
      folder: 'core',
      manifest: { version: '1.0.0', ...packageLinks(repository, 'core') },
      readme: `[errors](${repository}/blob/HEAD/docs/errors.md)`,
      changelog: '# core\n\n## 1.0.0\n\nThe first release.\n',
    },
  ],
}
const CORE = {
  folder: 'core',
  manifest: { version: '1.0.0', ...packageLinks(repository, 'core') },
  readme: '',
  changelog: '# core\n\n## 1.0.0\n',
}

describe('releaseProblems()', () => {
  it('has none when everything is set', () => {
    expect(releaseProblems(READY)).toEqual([])
  })

  it('asks for the repository', () => {
    const packages = [{ ...CORE, manifest: { version: '1.0.0' } }]

    expect(releaseProblems({ ...READY, repository: null, packages })).toEqual([
      'Set "repository" in package.json, and run `pnpm release:links`.',
    ])
  })

  it('asks for links that were not written', () => {
    const packages = [{ ...CORE, manifest: { version: '1.0.0' }, readme: '[core](../core)' }]

    expect(releaseProblems({ ...READY, packages })).toEqual([
      'packages/core: its "repository" is not what `pnpm release:links` writes.',
      'packages/core: its "homepage" is not what `pnpm release:links` writes.',
      'packages/core: its "bugs" is not what `pnpm release:links` writes.',
      'packages/core/README.md has relative links: run `pnpm release:links`.',
    ])
  })

  it('asks for a contact', () => {
    expect(releaseProblems({ ...READY, security: 'Contact: TO BE SET BY THE OWNER' })).toEqual([
      'Set the contact in SECURITY.md.',
    ])
  })

  it('asks for versions and changelogs', () => {
    const next = {
      ...CORE,
      folder: 'pkce',
      manifest: { ...packageLinks(repository, 'pkce'), version: '1.0.1' },
    }
    const none = {
      ...CORE,
      folder: 'new',
      manifest: { ...packageLinks(repository, 'new'), version: '0.0.0' },
    }

    expect(releaseProblems({ ...READY, packages: [CORE, next, none] })).toEqual([
      'The packages have different versions: 1.0.0, 1.0.1, 0.0.0.',
      'packages/pkce/CHANGELOG.md says nothing about version 1.0.1.',
      'packages/new has no version yet: run `pnpm run version`.',
    ])
  })
})
