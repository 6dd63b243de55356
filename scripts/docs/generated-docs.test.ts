import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generatedFiles } from './generated-docs.ts'
import { withoutAlignment } from './generated-section.ts'

const root = join(import.meta.dirname, '../..')

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

describe('the generated parts of the documentation', () => {
  it('are up to date: if this fails, run `pnpm docs:write`', () => {
    for (const { file, content } of generatedFiles(read)) {
      expect(withoutAlignment(read(file)), file).toBe(withoutAlignment(content))
    }
  })
})
