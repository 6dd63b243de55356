import { describe, expect, it } from 'vitest'
import { table, withoutAlignment, withSection } from './generated-section.ts'

describe('withSection()', () => {
  it('replaces only the text between the marks', () => {
    const page = 'a\n<!-- begin list: written by a script -->\nold\n<!-- end list -->\nb\n'

    expect(withSection(page, 'list', 'new $1\n')).toBe(
      'a\n<!-- begin list: written by a script -->\n\nnew $1\n\n<!-- end list -->\nb\n',
    )
  })

  it('refuses a page without the marks', () => {
    expect(() => withSection('<!-- begin lists -->\n<!-- end list -->', 'list', '')).toThrow(
      'the page has no section "list"',
    )
  })
})

describe('table()', () => {
  it('escapes the separator of cells', () => {
    expect(table(['a', 'b'], [['1', 'x|y']])).toBe('| a | b |\n| --- | --- |\n| 1 | x\\|y |')
  })
})

describe('withoutAlignment()', () => {
  it('makes an aligned table equal to one that is not', () => {
    expect(withoutAlignment('| a     | b |\n| ----- | - |')).toBe('| a | b |\n| --- | - |')
  })
})
