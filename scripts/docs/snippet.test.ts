import { describe, expect, it } from 'vitest'
import { scanDocComments, scanMarkdown, scanRecipes, snippetModule } from './snippet.ts'

describe('scanMarkdown()', () => {
  it('finds ts blocks with the line of their first line of code', () => {
    const markdown = '# Title\n\n```ts\nconst a = 1\nconst b = 2\n```\n\ntext\n\n```ts\nconst c = 3\n```\n'

    expect(scanMarkdown(markdown)).toEqual({
      snippets: [
        { code: 'const a = 1\nconst b = 2', line: 4 },
        { code: 'const c = 3', line: 11 },
      ],
      refused: [],
    })
  })

  it('removes the indentation of a list from a block', () => {
    expect(scanMarkdown('- item\n\n  ```ts\n  if (a) {\n    b()\n  }\n  ```\n').snippets).toEqual([
      { code: 'if (a) {\n  b()\n}', line: 4 },
    ])
  })

  it('leaves blocks of other languages and blocks without a label alone', () => {
    expect(scanMarkdown('```sh\nls\n```\n```jsonc\n{}\n```\n```text\nts\n```\n```\nts\n```\n')).toEqual({
      snippets: [],
      refused: [],
    })
  })

  it('refuses other spellings of ts, and JavaScript', () => {
    const markdown = '```typescript\na\n```\n```js\nb\n```\n```TS\nc\n```\n~~~tsx\nd\n~~~\n'

    expect(scanMarkdown(markdown).refused).toEqual([
      { label: 'typescript', line: 1 },
      { label: 'js', line: 4 },
      { label: 'TS', line: 7 },
      { label: 'tsx', line: 10 },
    ])
  })

  it('keeps a shorter fence inside a longer one as text', () => {
    expect(scanMarkdown('````text\n```ts\nconst a = 1\n```\n````\n').snippets).toEqual([])
  })

  it('reads a block that is never closed to the end', () => {
    expect(scanMarkdown('```ts\nconst a = 1').snippets).toEqual([{ code: 'const a = 1', line: 2 }])
  })

  it('reads Windows line endings', () => {
    expect(scanMarkdown('```ts\r\nconst a = 1\r\n```\r\n').snippets).toEqual([
      { code: 'const a = 1', line: 2 },
    ])
  })
})

describe('scanRecipes()', () => {
  it('finds the blocks for other test runners, which are no snippets', () => {
    const markdown = '```ts recipe=jest\ntest()\n```\n\n```ts\na()\n```\n'
    expect(scanRecipes(markdown)).toEqual([{ runner: 'jest', code: 'test()' }])
    expect(scanMarkdown(markdown).snippets).toEqual([{ code: 'a()', line: 6 }])
  })
})

describe('scanDocComments()', () => {
  it('finds ts blocks without their asterisks', () => {
    const source =
      'const x = 1\n\n  /**\n   * What.\n   *\n   * @example\n   * ```ts\n   * if (a) {\n   *   b()\n   * }\n   * ```\n   */\n'

    expect(scanDocComments(source)).toEqual({
      snippets: [{ code: 'if (a) {\n  b()\n}', line: 8 }],
      refused: [],
    })
  })

  it('refuses other spellings', () => {
    expect(scanDocComments('/**\n * ```js\n * a\n * ```\n */').refused).toEqual([{ label: 'js', line: 2 }])
  })

  it('reads only doc comments', () => {
    expect(scanDocComments('const markdown = `\n```ts\na\n```\n`\n').snippets).toEqual([])
  })
})

describe('snippetModule()', () => {
  it('puts each line at its number in the file', () => {
    expect(snippetModule({ code: "import { a } from 'a'\na()", line: 3 })).toBe(
      "\n\nimport { a } from 'a'\na()\n",
    )
  })

  it('makes a module of a snippet that imports and exports nothing', () => {
    expect(snippetModule({ code: 'const a = 1', line: 1 })).toBe('const a = 1\nexport {}\n')
  })
})
