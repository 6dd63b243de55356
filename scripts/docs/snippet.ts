/** A block of TypeScript in a Markdown file or a doc comment. */
export interface Snippet {
  readonly code: string
  /** The number of its first line in the file, from 1. */
  readonly line: number
}

/** The test runner of a recipe, which the workspace doesn't install: compat/ compiles and runs the recipe. */
interface Recipe {
  readonly runner: string
  readonly code: string
}

/** A fence whose label is another spelling of `ts`, or JavaScript. */
interface RefusedFence {
  readonly label: string
  readonly line: number
}

/** The fences of a text. */
export interface SnippetScan {
  readonly snippets: readonly Snippet[]
  readonly refused: readonly RefusedFence[]
}

/** Finds the `ts` blocks of a Markdown text. A block that is indented, as in a list, loses its indentation. */
export function scanMarkdown(markdown: string): SnippetScan {
  return scanLines(markdown.split(/\r?\n/))
}

/**
 * Finds the recipes of a Markdown text, the blocks that are labelled `ts recipe=RUNNER`. compat/ runs them.
 *
 * @public
 */
export function scanRecipes(markdown: string): readonly Recipe[] {
  return blocksOf(markdown.split(/\r?\n/), 0)
    .filter(({ info }) => info.startsWith('recipe='))
    .map(({ info, lines }) => ({ runner: info.slice('recipe='.length).trim(), code: lines.join('\n') }))
}

/** Finds the `ts` blocks in the doc comments of a TypeScript file. */
export function scanDocComments(source: string): SnippetScan {
  const scans = [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].map((comment) => {
    const linesBefore = source.slice(0, comment.index).split('\n').length - 1
    const lines = comment[0].split(/\r?\n/).map((line) => line.replace(/^\s*\* ?/, ''))
    return scanLines(lines, linesBefore)
  })
  return { snippets: scans.flatMap((scan) => scan.snippets), refused: scans.flatMap((scan) => scan.refused) }
}

/**
 * Turns a snippet into a module. Its lines keep their numbers: an error in line 12 of the module is in line 12 of the
 * README.
 */
export function snippetModule({ code, line }: Snippet): string {
  const ending = /^\s*(?:import|export)\b/m.test(code) ? '' : 'export {}\n'
  return '\n'.repeat(line - 1) + code + '\n' + ending
}

interface Block {
  readonly fence: string
  readonly label: string
  /** The rest of the line, after the label. */
  readonly info: string
  readonly indent: string
  readonly line: number
  readonly lines: string[]
}

function scanLines(lines: readonly string[], linesBefore = 0): SnippetScan {
  const blocks = blocksOf(lines, linesBefore)
  return {
    snippets: blocks
      .filter(({ label, info }) => label === 'ts' && !info.startsWith('recipe='))
      .map((block) => ({ code: block.lines.join('\n'), line: block.line + 1 })),
    refused: blocks.filter(({ label }) => isRefused(label)).map(({ label, line }) => ({ label, line })),
  }
}

// Only one spelling is allowed. Otherwise, a label could hide a block from the compiler.
function isRefused(label: string): boolean {
  return label !== 'ts' && /^(?:[cm]?[jt]sx?|javascript|typescript)$/i.test(label)
}

function blocksOf(lines: readonly string[], linesBefore: number): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  for (const [index, text] of lines.entries()) {
    if (open === undefined) {
      open = blockOpenedBy(text, linesBefore + index + 1)
      if (open) blocks.push(open)
    } else if (closes(text, open.fence)) {
      open = undefined
    } else {
      open.lines.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text.trimStart())
    }
  }
  return blocks
}

function blockOpenedBy(text: string, line: number): Block | undefined {
  const groups = /^(?<indent>\s*)(?<fence>`{3,}|~{3,})\s*(?<label>[^\s`{]*)\s*(?<info>[^`]*)/.exec(
    text,
  )?.groups
  if (!groups) return undefined
  const { indent = '', fence = '', label = '', info = '' } = groups
  return { indent, fence, label, info, line, lines: [] }
}

function closes(text: string, fence: string): boolean {
  const trimmed = text.trim()
  return trimmed.startsWith(fence) && trimmed.replaceAll(fence.charAt(0), '') === ''
}
