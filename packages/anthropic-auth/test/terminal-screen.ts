/**
 * The screen of a terminal. Unlike `rendered-terminal.ts`, it shows each text at once, and throws for a control sequence
 * that this package shouldn't write.
 */
export class TerminalScreen {
  /** Whether the program has asked the terminal to mark pastes. */
  marksPaste = false
  readonly #columns: number
  readonly #lines: string[] = ['']
  /** The beginning of a sequence that arrives in two pieces. */
  #rest = ''
  #row = 0
  #column = 0

  constructor(columns: number) {
    this.#columns = columns
  }

  /** The lines, without the spaces at their ends. */
  get text(): string {
    return this.#lines.map((line) => line.trimEnd()).join('\n')
  }

  write(text: string): void {
    const all = this.#rest + text
    this.#rest = UNFINISHED.exec(all)?.[0] ?? ''
    for (const [piece] of all.slice(0, all.length - this.#rest.length).matchAll(PIECES)) {
      if (piece.startsWith('\u001B[')) this.#obey(piece)
      else if (piece === '\r') this.#column = 0
      else if (piece === '\n') this.#moveTo(this.#row + 1)
      else if (!piece.startsWith('\u001B')) this.#print(piece)
    }
  }

  #print(character: string): void {
    if (this.#column === this.#columns) {
      this.#moveTo(this.#row + 1)
      this.#column = 0
    }
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column)
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1)
    this.#column += 1
  }

  #obey(sequence: string): void {
    const count = Number.parseInt(sequence.slice(2), 10)
    const command = sequence.at(-1)
    if (sequence.startsWith(PASTE_MODE)) this.marksPaste = command === 'h'
    else if (command === 'A') this.#moveTo(this.#row - (count || 1))
    else if (command === 'B') this.#moveTo(this.#row + (count || 1))
    else if (command === 'G') this.#column = (count || 1) - 1
    else if (command === 'K') this.#erase(count || 0)
    else if (command !== 'm' && sequence !== SHOW_CURSOR) {
      throw new Error(`Unknown: ${JSON.stringify(sequence)}`)
    }
  }

  #moveTo(row: number): void {
    this.#row = Math.max(row, 0)
    while (this.#lines.length <= this.#row) this.#lines.push('')
  }

  #erase(what: number): void {
    const line = this.#lines[this.#row] ?? ''
    this.#lines[this.#row] = what === 2 ? '' : line.slice(0, this.#column)
  }
}

// A sequence, the beginning or end of a hyperlink, or one character.
// eslint-disable-next-line no-control-regex
const PIECES = /\u001B\[[0-9;?]*[A-Za-z]|\u001B\][^\u001B]*\u001B\\|[^]/gu
// eslint-disable-next-line no-control-regex
const UNFINISHED = /\u001B(?:\[[0-9;?]*|\][^\u001B]*\u001B?)?$/
const PASTE_MODE = '\u001B[?2004'
const SHOW_CURSOR = '\u001B[?25h'
