import stringWidth from 'fast-string-width'
import { type RenderedLine, renderTerminal, type Span } from './rendered-terminal.ts'

const FONT_SIZE = 14
/** The width of a character. Each text is fitted to it, since readers have different fonts. */
const CELL = 8.4
const LINE = 20
const PADDING = 18

/** The palette of the terminal, by number. Each has a contrast of at least 7 to the background. */
const COLORS: Readonly<Record<number, string>> = { 1: '#ff9790', 2: '#7ee787', 3: '#e3b341', 4: '#9ecbff' }
const BACKGROUND = '#161b22'
const FOREGROUND = '#e6edf3'

/** Draws a command and its output as SVG, with its own background. */
export async function drawTerminal(command: string, output: string, columns: number): Promise<string> {
  const prompt: RenderedLine = {
    text: `$ ${command}`,
    rows: [[spanOf('$ ', { isDim: true }), spanOf(command, { isBold: true })]],
  }
  const rows = withoutBlankEnd(
    [prompt, ...(await renderTerminal(output, columns))].flatMap((line) => line.rows),
  )
  const width = Math.ceil(columns * CELL + 2 * PADDING)
  const height = rows.length * LINE + 2 * PADDING
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(`Output of ${command}`)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${BACKGROUND}" stroke="#6e7681"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" fill="${FOREGROUND}">
${rows
  .map(rowOf)
  .filter((row) => row !== '')
  .join('\n')}
</g>
</svg>
`
}

function spanOf(text: string, style: Partial<Span>): Span {
  return { text, width: text.length, color: null, isBold: false, isDim: false, ...style }
}

function withoutBlankEnd(rows: readonly (readonly Span[])[]): readonly (readonly Span[])[] {
  return rows.slice(0, rows.findLastIndex((row) => row.length > 0) + 1)
}

function rowOf(row: readonly Span[], index: number): string {
  const y = PADDING + index * LINE + FONT_SIZE + 1
  let column = 0
  const texts = row.map((span) => {
    const begin = column
    column += span.width
    return piecesOf(span).map(({ offset, ...piece }) => textOf(piece, PADDING + (begin + offset) * CELL, y))
  })
  return texts.flat().join('')
}

/** Splits a text at its wide gaps, since SVG collapses spaces. */
function piecesOf(span: Span): readonly (Span & { readonly offset: number })[] {
  return [...span.text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index }) => ({
    ...span,
    text,
    width: stringWidth(text),
    offset: stringWidth(span.text.slice(0, index)),
  }))
}

function textOf({ text, width, color, isBold, isDim }: Span, x: number, y: number): string {
  const attributes = [
    `x="${rounded(x)}" y="${y}" textLength="${rounded(width * CELL)}" lengthAdjust="spacingAndGlyphs"`,
    color !== null && `fill="${COLORS[color] ?? FOREGROUND}"`,
    isBold && 'font-weight="bold"',
    isDim && 'opacity="0.7"',
  ]
  return `<text ${attributes.filter((one) => one !== false).join(' ')}>${escaped(text)}</text>`
}

function rounded(length: number): number {
  return Math.round(length * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
