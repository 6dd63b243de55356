import { unicodePattern } from '../syntax/unicode-pattern.ts'

/** Terminals put these around pasted text (bracketed paste). */
const PASTE_MARKERS = ['\u001B[200~', '\u001B[201~']

/** Whitespace, the BOM, zero-width characters and direction marks, which users copy without seeing them. */
const invisible = unicodePattern(String.raw`[\s\p{Default_Ignorable_Code_Point}]`)
const LINE_BREAKS = /[\n\v\f\r\u0085\u2028\u2029]+/

const CLOSING_QUOTES = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['<', '>'],
  ['\u201C', '\u201D'],
  ['\u2018', '\u2019'],
])

/** Removes invisible characters and one pair of quotes from both ends of a text. */
export function trimPaste(text: string): string {
  const trimmed = trimEnds(text)
  const closing = CLOSING_QUOTES.get(trimmed.charAt(0))
  const isQuoted = trimmed.length > 1 && closing !== undefined && trimmed.endsWith(closing)
  return isQuoted ? trimEnds(trimmed.slice(1, -1)) : trimmed
}

/** Splits a wrapped text into its lines, without indentation and other invisible characters at their ends. */
export function linesOf(text: string): readonly string[] {
  return text
    .split(LINE_BREAKS)
    .map(trimEnds)
    .filter((line) => line !== '')
}

/** Splits `code#state`. Some terminals and chats escape the `#`. */
export function splitCodeAndState(text: string): string[] {
  return text.split(text.includes('#') ? '#' : '%23')
}

/** Moves two indexes, since a pattern for the end of a text would take quadratic time. */
function trimEnds(text: string): string {
  let start = 0
  let end = text.length
  for (let width; (width = widthFrom(text, start)) > 0;) start += width
  for (let width; end > start && (width = widthUntil(text, end)) > 0;) end -= width
  return text.slice(start, end)
}

function widthFrom(text: string, start: number): number {
  if (invisible().test(text.charAt(start))) return 1
  return PASTE_MARKERS.find((marker) => text.startsWith(marker, start))?.length ?? 0
}

function widthUntil(text: string, end: number): number {
  if (invisible().test(text.charAt(end - 1))) return 1
  return PASTE_MARKERS.find((marker) => text.endsWith(marker, end))?.length ?? 0
}
