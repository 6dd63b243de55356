import { wrapped } from '../terminal/wrapped-text.ts'

/**
 * Fits a help text into a narrow terminal: wraps its paragraphs, and stacks the columns of a list in which any line is
 * too long. Keeps examples on one line, so that they can be copied.
 */
export function narrowed(text: string, width: number): string {
  return text
    .split('\n\n')
    .map((block) => narrowedBlock(block.split('\n'), width).join('\n'))
    .join('\n\n')
}

function narrowedBlock(lines: readonly string[], width: number): readonly string[] {
  const isStacked = lines.some((line) => isRow(line) && line.length > width)
  return lines.flatMap((line) => {
    if (line.startsWith('  $')) return [line]
    return isRow(line) ? (isStacked ? stacked(line, width) : [line]) : wrapped(line, width)
  })
}

function isRow(line: string): boolean {
  return line.startsWith('  ') && !line.startsWith('  $')
}

function stacked(line: string, width: number): readonly string[] {
  const [first = '', ...others] = line.trim().split(/ {2,}/)
  return stackedItem(first, others.join(' '), width)
}

/** Puts a description under its term. */
export function stackedItem(term: string, description: string, width: number): readonly string[] {
  return [`  ${term}`, ...wrapped(description, width - 4).map((line) => `    ${line}`)]
}
