import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokenMarkdownLinks } from './broken-markdown-links.ts'

const root = join(import.meta.dirname, '../..')

function read(path: string): string | null | undefined {
  const file = join(root, path)
  if (!existsSync(file)) return undefined
  return file.endsWith('.md') ? readFileSync(file, 'utf8') : null
}

describe('brokenMarkdownLinks()', () => {
  const files: Readonly<Record<string, string | null>> = {
    'a/page.md':
      '[1](../b.md#the-heading) [2](x.svg) [3](#own) [4](https://x) `[5](no.md)`\n# Own\n[6](no.md) [7](../b.md#no)\n[8]: gone.md\n',
    'a/x.svg': null,
    'b.md': '# The `heading`\n```sh\n# no\n```\n',
  }

  it('names links to missing files and headings', () => {
    expect(brokenMarkdownLinks('a/page.md', { read: (path) => files[path] })).toEqual([
      'no.md',
      '../b.md#no',
      'gone.md',
    ])
  })
})

describe('the Markdown files of the project', () => {
  const pages = globSync(['*.md', '{docs,examples,packages,benchmarks,.github}/**/*.md'], {
    cwd: root,
    exclude: ['**/node_modules', 'docs/api', 'docs/.vitepress'],
  }).filter((path) => !path.endsWith('CHANGELOG.md'))

  it.each(pages)('%s has no broken link', (path) => {
    expect(brokenMarkdownLinks(path.replaceAll('\\', '/'), { read })).toEqual([])
  })
})
