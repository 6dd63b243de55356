import { styleText } from 'node:util'
import stringWidth from 'fast-string-width'
import { wrapped } from '../terminal/wrapped-text.ts'
import { print, visible } from './output.ts'
import { mayHaveColors, outputWidth } from './standard-output.ts'

export type Format = 'bold' | 'dim' | 'green' | 'yellow' | 'red'

export interface Cell {
  /** Several texts are stacked on a terminal, and joined in one line elsewhere. */
  readonly text: string | readonly string[]
  readonly format?: Format | undefined
}

/** Rows of as many cells each. */
interface Table {
  readonly rows: readonly (readonly Cell[])[]
  /** The space that the last cells need, unless they are shorter. With less, the cells of a row are stacked. */
  readonly lastWidth: number
  /** The layout of stacked cells: the first ones in one line, the others indented below it. */
  readonly narrow: { readonly inLine: number; readonly indent: number }
}

/** Prints a table below the names of its columns, which a narrow terminal doesn't show. */
export function printTable(names: readonly string[], table: Table): void {
  const width = outputWidth()
  const header = names.map((text): Cell => ({ text, format: 'bold' }))
  const rows = [header, ...table.rows]
  if (isNarrow({ ...table, rows }, width)) printStacked(table, width)
  else printAligned({ ...table, rows }, width)
}

/** Prints a table without names. */
export function printRows(table: Table): void {
  const width = outputWidth()
  if (isNarrow(table, width)) printStacked(table, width)
  else printAligned(table, width)
}

/** Prints labels and texts. */
export function printFacts(
  facts: readonly (readonly [label: string, text: string, format?: Format])[],
): void {
  const rows = facts.map(([label, text, format]): readonly Cell[] => [
    { text: label, format: 'bold' },
    { text, format },
  ])
  printRows({ rows, lastWidth: 30, narrow: { inLine: 1, indent: 2 } })
}

const GAP = 2

function isNarrow({ rows, lastWidth }: Table, width: number): boolean {
  const longest = Math.max(...rows.map((row) => widthOf(row.at(-1))))
  return width - indentOf(rows) < Math.min(longest, lastWidth)
}

/** Returns the column at which the last cells begin. */
function indentOf(rows: readonly (readonly Cell[])[]): number {
  return widthsOf(rows).reduce((sum, width) => sum + width + GAP, 0)
}

/** Returns the widths of all columns but the last one. */
function widthsOf(rows: readonly (readonly Cell[])[]): readonly number[] {
  const first = rows[0] ?? []
  return first.slice(0, -1).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column]))))
}

function printAligned({ rows, narrow }: Pick<Table, 'rows' | 'narrow'>, width: number): void {
  const widths = widthsOf(rows)
  const indent = indentOf(rows)
  for (const row of rows) {
    const begin = row.slice(0, -1).map((cell, column) => padded(cell, widths[column] ?? 0))
    const lines = linesOf(row.at(-1), width - indent)
    // A path or URL that is too long for the column begins a line, which it may fit.
    const isTooLong = lines.some((line) => stringWidth(line) > width - indent)
    if (isTooLong) printIndented(begin, linesOf(row.at(-1), width - narrow.indent), narrow.indent)
    else printIndented([...begin, lines[0] ?? ''], lines.slice(1), indent)
  }
}

function printIndented(begin: readonly string[], lines: readonly string[], indent: number): void {
  print(begin.join('').trimEnd())
  for (const line of lines) print(' '.repeat(indent) + line)
}

function printStacked({ rows, narrow }: Table, width: number): void {
  for (const row of rows) {
    const begin = row.slice(0, narrow.inLine).map((cell) => padded(cell, widthOf(cell) || 1))
    printIndented(begin, flowed(row.slice(narrow.inLine), width - narrow.indent), narrow.indent)
  }
}

/** Puts cells side by side as far as they fit. */
function flowed(cells: readonly Cell[], width: number): readonly string[] {
  const lines: string[] = []
  for (const cell of cells.filter(({ text }) => text !== '')) {
    const [first = '', ...others] = linesOf(cell, width)
    const last = lines.at(-1)
    const joined = `${last}, ${first}`
    if (last !== undefined && stringWidth(joined) <= width) lines[lines.length - 1] = joined
    else lines.push(first)
    lines.push(...others)
  }
  return lines
}

function padded(cell: Cell, width: number): string {
  return linesOf(cell, Number.POSITIVE_INFINITY).join(' ') + ' '.repeat(width - widthOf(cell) + GAP)
}

function widthOf(cell: Cell | undefined): number {
  return Math.max(...textsOf(cell).map((text) => stringWidth(text)))
}

/** Formats each line by itself, so that the indent of the next one has no format. */
function linesOf(cell: Cell | undefined, width: number): readonly string[] {
  const lines = textsOf(cell).flatMap((text) => wrapped(text, width, stringWidth))
  return lines.map((line) => styled(cell?.format, line))
}

function textsOf(cell: Cell | undefined): readonly string[] {
  const texts = [cell?.text ?? ''].flat().map(visible)
  return Number.isFinite(outputWidth()) ? texts : [texts.join(' ')]
}

function styled(format: Format | undefined, text: string): string {
  if (format === undefined || text === '' || !mayHaveColors()) return text
  return styleText(format, text, { stream: process.stdout })
}
