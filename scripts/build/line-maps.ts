import type { Plugin } from 'rolldown'

/** The parts of a source map that are read here. */
interface SourceMap {
  readonly names: readonly string[]
  readonly mappings: string
}

/**
 * Shortens the source maps of a bundle, so that they point only to each line of the source, where its code starts. Maps
 * that point to each word are four times as large, and readers of a stack trace need only the file and line.
 */
export function lineMaps(): Plugin {
  return {
    name: 'line-maps',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.map')) continue
        file.source = lineMap(String(file.source))
      }
    },
  }
}

/** Shortens the text of a source map. */
export function lineMap(text: string): string {
  const map = JSON.parse(text) as SourceMap
  return JSON.stringify({ ...map, names: [], mappings: lineMappings(map.mappings) })
}

/** Keeps only those segments of a map that lead to a different line than the segment before. */
export function lineMappings(mappings: string): string {
  const read: Segment = { source: 0, line: 0, column: 0 }
  const written: Segment = { source: 0, line: 0, column: 0 }
  const shortened = mappings.split(';').map((line) => {
    let column = 0
    let columnWritten = 0
    let before = ''
    const kept: string[] = []
    for (const [generated = 0, ...source] of line.split(',').map(decoded)) {
      column += generated
      if (source.length === 0) continue
      advance(read, source)
      const place = `${read.source}:${read.line}`
      if (place === before) continue
      kept.push(encoded([column - columnWritten, ...difference(read, written)]))
      before = place
      columnWritten = column
      Object.assign(written, read)
    }
    return kept.join(',')
  })
  return shortened.join(';')
}

/** The position in the sources that a segment leads to. */
interface Segment {
  source: number
  line: number
  column: number
}

function advance(segment: Segment, [source = 0, line = 0, column = 0]: readonly number[]): void {
  segment.source += source
  segment.line += line
  segment.column += column
}

function difference(a: Segment, b: Segment): readonly number[] {
  return [a.source - b.source, a.line - b.line, a.column - b.column]
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Reads base 64 VLQ numbers. A digit has five bits, the lowest first, and a sixth that says whether more follow. */
function decoded(text: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const character of text) {
    const digit = DIGITS.indexOf(character)
    value |= (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    // The lowest bit is the sign.
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1))
    value = 0
    shift = 0
  }
  return numbers
}

function encoded(numbers: readonly number[]): string {
  return numbers.map(encodedNumber).join('')
}

function encodedNumber(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>= 5
    text += DIGITS.charAt(rest > 0 ? digit | 32 : digit)
  } while (rest > 0)
  return text
}
