/** The programs that remedies name. */
const PROGRAMS = new Set([
  'ant',
  'anthropic-auth',
  'chmod',
  'export',
  'kill',
  'mkdir',
  'mv',
  'Remove-Item',
  'rm',
  'sudo',
  'ulimit',
  'unset',
])

/**
 * The width of the terminal that a stream goes to. Output to a file or pipe is not wrapped, and neither is that to a
 * terminal that doesn't know its width and says 0.
 */
export function columns(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY
}

/**
 * Breaks a text into lines between words. A word that is longer than a line, such as a URL, stays whole, and so does a
 * command after a colon: pasted from two lines, it would run as two commands.
 *
 * @param widthOf - returns how many columns a text takes; needed where it may contain wide characters, or colors
 */
export function wrapped(
  text: string,
  width: number,
  widthOf: (text: string) => number = ({ length }) => length,
): readonly string[] {
  return text.split('\n').flatMap((line) => wrappedLine(line, width, widthOf))
}

function wrappedLine(text: string, width: number, widthOf: (text: string) => number): readonly string[] {
  if (widthOf(text) <= width) return [text]
  const lines: string[] = []
  for (const piece of piecesOf(text.split(' '))) {
    const last = lines.at(-1)
    if (last === undefined || widthOf(last) + 1 + widthOf(piece) > width) lines.push(piece)
    else lines[lines.length - 1] = `${last} ${piece}`
  }
  return lines
}

/** Joins the words of each command. It ends with the text, or with its sentence. */
function piecesOf(words: readonly string[]): readonly string[] {
  const pieces: string[] = []
  let isCommand = false
  for (const [index, word] of words.entries()) {
    pieces.push(isCommand ? `${pieces.pop()} ${word}` : word)
    isCommand = isCommand
      ? !(word.endsWith('.') && /^[A-Z]/.test(words[index + 1] ?? ''))
      : PROGRAMS.has(word) && (words[index - 1] ?? '').endsWith(':')
  }
  return pieces
}
