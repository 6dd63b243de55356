import { describe, expect, it } from 'vitest'
import { siteLink } from './site-link.ts'

const repository = 'https://example.com/project'

describe('siteLink()', () => {
  it.each([
    'https://example.com/a',
    'mailto:a@example.com',
    '#errors',
    '/errors',
    'errors.md#a',
    '../errors.md',
  ])('keeps %s', (href) => {
    expect(siteLink(href, { page: 'recipes/electron.md', repository })).toBe(href)
  })

  it.each([
    ['decisions/README.md', 'decisions/'],
    ['README.md#first', './#first'],
    ['../README.md', '../'],
  ])('leads to the page of a folder for %s', (href, expected) => {
    const page = href.startsWith('..') ? 'recipes/electron.md' : 'errors.md'
    expect(siteLink(href, { page, repository })).toBe(expected)
  })

  it('leads to the repository for a file outside docs/', () => {
    expect(siteLink('../packages/core/src/index.ts', { page: 'errors.md', repository })).toBe(
      'https://example.com/project/blob/HEAD/packages/core/src/index.ts',
    )
    expect(siteLink('../../README.md#install', { page: 'recipes/electron.md', repository })).toBe(
      'https://example.com/project/blob/HEAD/README.md#install',
    )
  })

  it('leads nowhere while there is no repository', () => {
    expect(siteLink('../README.md', { page: 'errors.md', repository: null })).toBeNull()
  })
})
