import { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { ReadStream } from 'node:tty'

/** How a prompt handles the user's input. */
export interface TerminalInputListener {
  /** Returns how many more characters the prompt accepts. */
  room(): number
  /** Inserts text without line breaks and control characters. A paste arrives in one call. */
  onText(text: string): void
  onEnter(): void
  /** Called for text that is too long. The rest of it is discarded as it arrives. */
  onTooLong(): void
}

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const PASTE_START = '\u001B[200~'
const PASTE_END = '\u001B[201~'
// eslint-disable-next-line no-control-regex
const MARKER = /\u001B\[20[01]~/

/** Text with its line breaks, an escape sequence, or another control character. */
const TOKEN =
  // eslint-disable-next-line no-control-regex
  /[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]+|\u001B(?:\[[0-?]*[ -/]*[@-~]|O[^]|[^[O])|[^]/g
// eslint-disable-next-line no-control-regex
const UNFINISHED_SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*|O)?$/
const MAX_SEQUENCE_LENGTH = 32
// eslint-disable-next-line no-control-regex
const KEY = /^[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001F\u007F-\u009F]/g
const LINE_BREAK = /[\r\n]/
/** A line from its first to its last visible character. */
const VISIBLE_PART = /[!-~](?:[^\r\n]*[!-~])?/g

/** Nobody types this soon after Enter: input that follows within this time is the next line of a paste. */
const ENTER_MS = 50
/** A paste that the terminal does not mark has ended when no input arrives for this long. */
const PASTE_PAUSE_MS = 500
/** A paste that the terminal marks ends after this long without input, even if its end marker is missing. */
const MARKED_PASTE_PAUSE_MS = 1000
/** When the prompt ends, it waits at most this long for the end of a paste. */
const MAX_SETTLE_MS = 2000

/**
 * The input of a prompt on a terminal. It is the stream of keys that `readline` reads, and gives text to the prompt
 * itself.
 *
 * `readline` handles a paste character by character, and takes longer for each as the line grows. If the terminal does
 * not mark pastes, `readline` also treats a line break in a paste as Enter.
 */
export class TerminalInput extends Readable {
  readonly isTTY = true
  readonly #source: ReadStream
  readonly #decoder = new StringDecoder('utf8')
  #listener: TerminalInputListener | null = null
  #mode: 'ignored' | 'keys' | 'paste' | 'too_long' = 'ignored'
  /** Whether the terminal marks the current paste. */
  #isMarked = false
  /** Input that can't be handled before more input arrives, or a pause. */
  #pending = ''
  #pause: NodeJS.Timeout | undefined
  #afterPause: NodeJS.Immediate | undefined
  #lastInputAt = -Infinity
  #onSettled: (() => void) | null = null
  /** Whether raw mode stays on until `settle()`. */
  #isHeld = false

  constructor(source: ReadStream) {
    super({ read: () => undefined })
    this.#source = source
    source.on('data', this.#onData)
    for (const event of ENDS) source.on(event, this.#onEnd)
    source.resume()
  }

  setRawMode(isRaw: boolean): this {
    if (isRaw || !this.#isHeld) this.#source.setRawMode(isRaw)
    return this
  }

  /** Keeps raw mode on until `settle()`: without it, the terminal would show the rest of a paste. */
  holdRawMode(): void {
    this.#isHeld = true
  }

  /** Starts to pass on new input. Returns the function that stops it. */
  listen(listener: TerminalInputListener): () => void {
    this.#listener = listener
    this.#mode = 'keys'
    return () => {
      this.#listener = null
    }
  }

  /**
   * Stops reading. If a paste is still arriving, it discards the rest first: the next program that reads the terminal, such
   * as a shell, would treat it as its own input.
   */
  async settle(): Promise<void> {
    const isPasting = this.#mode === 'paste' || this.#mode === 'too_long'
    const isTyping = performance.now() - this.#lastInputAt < ENTER_MS
    this.#mode = 'ignored'
    this.#cancelPause()
    if (isPasting || isTyping) await this.#quiet(isPasting ? PASTE_PAUSE_MS : ENTER_MS)
    this.#source.setRawMode(false)
    this.#source.off('data', this.#onData)
    this.#source.pause()
    for (const event of ENDS) this.#source.off(event, this.#onEnd)
  }

  async #quiet(pauseMs: number): Promise<void> {
    this.#source.setRawMode(true)
    let limit: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve
      limit = setTimeout(resolve, MAX_SETTLE_MS)
      this.#startPause(pauseMs)
    })
    clearTimeout(limit)
    this.#cancelPause()
  }

  readonly #onData = (chunk: Buffer | string): void => {
    this.#lastInputAt = performance.now()
    this.#cancelPause()
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk)
    if (this.#mode === 'ignored') {
      if (this.#onSettled !== null) this.#startPause(PASTE_PAUSE_MS)
    } else if (text.includes(CTRL_C)) this.#press(CTRL_C)
    else this.#read(this.#pending + text)
  }

  readonly #onEnd = (): void => {
    this.#onSettled?.()
    this.push(null)
    this.#source.off('data', this.#onData)
  }

  #press(key: string): void {
    // These keys may end the prompt.
    if (key === CTRL_C || key === CTRL_D) this.#isHeld = true
    this.push(key)
    if (this.#listener !== null) this.#isHeld = false
  }

  #read(text: string): void {
    for (let rest: string | null = text; rest !== null;) {
      if (this.#mode === 'keys') rest = this.#readKeys(rest)
      else if (this.#mode === 'paste') rest = this.#readPaste(rest)
      else rest = this.#skip(rest)
    }
  }

  /** Like the methods for the other modes, returns the rest of the text for the next mode, or `null`. */
  #readKeys(text: string): string | null {
    const start = text.indexOf(PASTE_START)
    const keys = start === -1 ? text : text.slice(0, start)
    this.#pending = start === -1 ? undecidedEnd(text) : ''
    for (const [token] of keys.slice(0, keys.length - this.#pending.length).matchAll(TOKEN)) {
      if (!KEY.test(token)) this.#insert(token)
      else if (token !== PASTE_END) this.#press(token)
      // The rest is part of the text that was too long.
      if (this.#mode !== 'keys') return null
    }
    if (start === -1) {
      if (this.#pending !== '') this.#startPause(ENTER_MS)
      return null
    }
    this.#mode = 'paste'
    this.#isMarked = true
    return text.slice(start + PASTE_START.length)
  }

  #readPaste(text: string): string | null {
    const end = text.indexOf(PASTE_END)
    if (end !== -1) {
      this.#mode = 'keys'
      this.#pending = ''
      if (end > this.#room) this.#listener?.onTooLong()
      else this.#insert(text.slice(0, end))
      return text.slice(end + PASTE_END.length)
    }
    if (text.length > this.#room + PASTE_END.length) this.#refuse()
    else {
      this.#pending = text
      this.#startPause(MARKED_PASTE_PAUSE_MS)
    }
    return null
  }

  #skip(text: string): string | null {
    const marker = MARKER.exec(text)
    if (marker === null) {
      // A marker may arrive in two pieces.
      this.#pending = text.slice(1 - PASTE_END.length)
      this.#startPause(this.#isMarked ? MARKED_PASTE_PAUSE_MS : PASTE_PAUSE_MS)
      return null
    }
    this.#mode = 'keys'
    return text.slice(marker.index)
  }

  get #room(): number {
    return this.#listener?.room() ?? 0
  }

  #insert(text: string): void {
    const line = joinLines(text)
    if (line.length > this.#room) {
      this.#isMarked = false
      this.#refuse()
    } else if (line !== '') {
      this.#listener?.onText(line.replaceAll('\t', ' ').replaceAll(CONTROL, '\uFFFD'))
    }
  }

  #refuse(): void {
    this.#mode = 'too_long'
    this.#pending = ''
    this.#startPause(this.#isMarked ? MARKED_PASTE_PAUSE_MS : PASTE_PAUSE_MS)
    this.#listener?.onTooLong()
  }

  /** `setImmediate()` lets input that has already arrived be handled before `#onPause`, even on a busy machine. */
  #startPause(pauseMs: number): void {
    this.#pause = setTimeout(() => (this.#afterPause = setImmediate(this.#onPause)), pauseMs)
  }

  #cancelPause(): void {
    clearTimeout(this.#pause)
    clearImmediate(this.#afterPause)
  }

  readonly #onPause = (): void => {
    const [mode, pending] = [this.#mode, this.#pending]
    this.#pending = ''
    if (mode === 'ignored') this.#onSettled?.()
    else this.#mode = 'keys'
    if (mode === 'paste') this.#insert(pending)
    else if (mode === 'keys' && LINE_BREAK.test(pending)) this.#listener?.onEnter()
    else if (mode === 'keys') this.#press(pending)
  }
}

const ENDS = ['end', 'close', 'error'] as const

/** Returns the end of the input whose meaning depends on what follows: Enter, or a part of an escape sequence. */
function undecidedEnd(text: string): string {
  let start = text.length
  while (LINE_BREAK.test(text.charAt(start - 1))) start -= 1
  return text.slice(start) || (UNFINISHED_SEQUENCE.exec(text.slice(-MAX_SEQUENCE_LENGTH))?.[0] ?? '')
}

/** Removes line breaks, with the invisible characters around them: terminals and pages wrap long codes. */
function joinLines(text: string): string {
  return LINE_BREAK.test(text) ? (text.match(VISIBLE_PART)?.join('') ?? '') : text
}
