import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
/** The packages that a changeset names. */
function packagesOf(changeset: string): string[] {
  const front = /^---\n([\s\S]*?)\n---\n/.exec(changeset)?.[1] ?? ''
  return front.split('\n').map((line) => /^['"]?([^'":]+)/.exec(line)?.[1] ?? line)
}

describe('a changeset', () => {
  it('names one package: it becomes a part of the changelog of each that it names', () => {
    const several = globSync('.changeset/*.md', { cwd: root }).filter(
      (file) => packagesOf(readFileSync(join(root, file), 'utf8')).length > 1,
    )

    expect(several).toEqual([])
  })
})
