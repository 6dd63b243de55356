import { createRequire } from 'node:module'
import type * as headless from '@xterm/headless'

/** A piece of a line in one style. */
export interface Span {
  readonly text: string
  /** How many columns of the terminal it takes. */
  readonly width: number
  /** A number of the terminal's palette; `null`: the default color. */
  readonly color: number | null
  readonly isBold: boolean
  readonly isDim: boolean
}

/** A line of the program. The terminal shows a line that is too long in several rows. */
export interface RenderedLine {
  readonly text: string
  readonly rows: readonly (readonly Span[])[]
}

const require = createRequire(import.meta.url)
const { Terminal } = require('@xterm/headless') as typeof headless
const { Unicode11Addon } = require('@xterm/addon-unicode11') as {
  readonly Unicode11Addon: new () => headless.ITerminalAddon
}

/** Shows output on VS Code's terminal, and returns the lines up to the cursor. */
export async function renderTerminal(output: string, columns: number): Promise<readonly RenderedLine[]> {
  const terminal = new Terminal({ cols: columns, rows: 50, scrollback: 1000, allowProposedApi: true })
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  await new Promise<void>((resolve) => terminal.write(output, resolve))
  const { active } = terminal.buffer
  const lines: { text: string; rows: (readonly Span[])[] }[] = []
  for (let row = 0; row <= active.baseY + active.cursorY; row++) {
    const line = active.getLine(row)
    if (line === undefined) continue
    const spans = spansOf(line)
    const text = spans.map((span) => span.text).join('')
    const last = lines.at(-1)
    if (line.isWrapped && last !== undefined) {
      last.text += text
      last.rows.push(spans)
    } else lines.push({ text, rows: [spans] })
  }
  terminal.dispose()
  return lines
}

function spansOf(line: headless.IBufferLine): readonly Span[] {
  const spans: Span[] = []
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column)
    // The second half of a wide character.
    if (cell === undefined || cell.getWidth() === 0) continue
    const next = {
      text: cell.getChars() === '' ? ' ' : cell.getChars(),
      width: cell.getWidth(),
      color: cell.isFgDefault() ? null : cell.getFgColor(),
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
    }
    const last = spans.at(-1)
    if (last !== undefined && isSameStyle(last, next)) {
      spans[spans.length - 1] = { ...last, text: last.text + next.text, width: last.width + next.width }
    } else spans.push(next)
  }
  return trimmed(spans)
}

function isSameStyle(one: Span, other: Span): boolean {
  return one.color === other.color && one.isBold === other.isBold && one.isDim === other.isDim
}

/** Removes the spaces at the end. */
function trimmed(spans: readonly Span[]): readonly Span[] {
  const last = spans.at(-1)
  if (last === undefined) return spans
  const text = last.text.trimEnd()
  if (text === '') return trimmed(spans.slice(0, -1))
  const width = last.width - (last.text.length - text.length)
  return [...spans.slice(0, -1), { ...last, text, width }]
}
