/** The width of the terminal that standard output goes to. Output to a file or pipe is not wrapped. */
export function columns(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY
}

/** Breaks a text into lines between words. A word that is longer than a line, such as a URL, stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/**
 * Fits a help text into a narrow terminal. Stacks the columns. Examples stay unwrapped, so that they can be
 * copied.
 */
export function narrowed(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= width || line.startsWith('  $') ? [line] : narrowedLine(line, width)))
    .join('\n')
}

function narrowedLine(line: string, width: number): readonly string[] {
  if (!line.startsWith('  ')) return wrapped(line, width)
  const [first = '', ...others] = line.trim().split(/ {2,}/)
  if (others.length === 1) {
    const text = wrapped(others[0] ?? '', width - 4)
    return [`  ${first}`, ...text.map((part) => `    ${part}`)]
  }
  return [first, ...others].map((cell) => `  ${cell}`)
}
