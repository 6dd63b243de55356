import { globSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The endings of files, with the tool that reads them. */
const READERS: Readonly<Record<string, string>> = {
  '.ts': 'tsc, oxlint, oxfmt',
  '.js': 'oxlint, oxfmt',
  '.mjs': 'oxlint, oxfmt',
  '.json': 'oxfmt',
  '.md': 'oxfmt',
  '.yaml': 'oxfmt',
  '.yml': 'GitHub, oxfmt',
  '.css': 'oxfmt',
  '.svg': 'browsers',
  '.png': 'browsers',
  '.pem': 'tests with TLS',
  '.key': 'tests with TLS',
}

/** Files without an ending, with the tool that reads them. */
const NAMES: Readonly<Record<string, string>> = {
  '.editorconfig': 'editors',
  '.gitattributes': 'git',
  '.gitignore': 'git',
  LICENSE: 'users',
  run: 'CI',
}

/** Reads the simple patterns of .gitignore: `folder/`, `path/folder/`, `*.ending` and names. */
function isIgnored(path: string): boolean {
  const patterns = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean)
  return patterns.some((pattern) => {
    if (pattern.startsWith('*')) return path.endsWith(pattern.slice(1))
    const name = pattern.replace(/\/$/, '')
    return name.includes('/') ? `${path}/`.startsWith(`${name}/`) : path.split('/').includes(name)
  })
}

it('has only files that a tool of the project reads', () => {
  const exclude = (path: string): boolean => basename(path) === '.git' || isIgnored(path)
  const paths = globSync(['**/*', '**/.*', '.*/**/*'], { cwd: root, exclude })
  const files = paths.filter((path) => !isIgnored(path) && statSync(join(root, path)).isFile())

  expect(files.length).toBeGreaterThan(500)
  const unread = files.filter((file) => !(extname(file) in READERS) && !(basename(file) in NAMES))
  expect(unread).toEqual([])
})
