import { wrapped } from '../terminal/wrapped-text.ts'

/**
 * Fits a help text into a narrow terminal by stacking its columns. Keeps examples on one line, so that they can be
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
