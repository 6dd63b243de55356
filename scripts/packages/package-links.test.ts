import { describe, expect, it } from 'vitest'
import { linkProblems, packageLinks, withAbsoluteLinks } from './package-links.ts'

const repository = 'https://example.com/owner/name'

describe('packageLinks()', () => {
  it('leads to the folder of the package', () => {
    expect(packageLinks(repository, 'core')).toEqual({
      repository: {
        type: 'git',
        url: 'git+https://example.com/owner/name.git',
        directory: 'packages/core',
      },
      homepage: 'https://example.com/owner/name/tree/main/packages/core#readme',
      bugs: 'https://example.com/owner/name/issues',
    })
  })
})

describe('linkProblems()', () => {
  it('accepts the links that packageLinks() makes', () => {
    expect(linkProblems({ ...packageLinks(repository, 'core') }, { repository, folder: 'core' })).toEqual([])
  })

  it('refuses a missing link and one of another package', () => {
    const { homepage } = packageLinks(repository, 'core')
    const manifest = { repository: packageLinks(repository, 'pkce').repository, homepage }

    expect(linkProblems(manifest, { repository, folder: 'core' })).toEqual([
      'its "repository" is not what `pnpm release:links` writes',
      'its "bugs" is not what `pnpm release:links` writes',
    ])
  })

  it('refuses links while the project has no repository', () => {
    expect(linkProblems({ bugs: 'https://example.com' }, { repository: null, folder: 'core' })).toEqual([
      'its "bugs" is not what `pnpm release:links` writes',
    ])
  })
})

describe('withAbsoluteLinks()', () => {
  it('points relative links at the repository and leaves others unchanged', () => {
    const readme = '[a](../core) [b](../../docs/errors.md#timeout) [c](https://example.com) [d](#use)'

    expect(withAbsoluteLinks(readme, repository, 'browser')).toBe(
      `[a](${repository}/blob/HEAD/packages/core) [b](${repository}/blob/HEAD/docs/errors.md#timeout) [c](https://example.com) [d](#use)`,
    )
  })

  it('points pictures at their files', () => {
    expect(withAbsoluteLinks('![a](../../docs/pictures/list.svg)', repository, 'anthropic-auth')).toBe(
      `![a](${repository}/raw/HEAD/docs/pictures/list.svg)`,
    )
  })
})
