import { SourceMap } from 'node:module'
import { describe, expect, it } from 'vitest'
import { lineMappings } from './line-maps.ts'

function placeOf(mappings: string, line: number, column: number): string {
  const map = new SourceMap({
    file: 'bundle.js',
    version: 3,
    sources: ['a.ts', 'b.ts'],
    sourcesContent: [],
    names: ['one'],
    mappings,
    sourceRoot: '',
  })
  const { originalSource, originalLine } = map.findEntry(line, column) as {
    originalSource: string
    originalLine: number
  }
  return `${originalSource}:${originalLine}`
}

describe('lineMappings()', () => {
  // Line 0: a.ts 0:0, 0:4 with a name, 1:2, b.ts 20:0, 20:8, a.ts 1:2. Line 1: no source, then a.ts 1:9, 0:0.
  const MAPPINGS = 'AAAA,IAAIA,ICAF,ICmBF,QAAQ,IDnBN;AAAA,EAAO,GADT'

  it('keeps the first segment of each line', () => {
    expect(lineMappings('AAAA,IAAIA,IACF,ICmBF,QAAQ,IDnBN')).toBe('AAAA,QACE,ICmBF,YDnBE')
  })

  it('starts anew in each line of the bundle, and leaves out code without a source', () => {
    expect(lineMappings('AAAA,CAAC;;A,CAAA,EAAE;AAAA')).toBe('AAAA;;CAAC;AAAE')
  })

  it('leads to the same lines as before', () => {
    const short = lineMappings(MAPPINGS)
    for (const column of [0, 3, 4, 8, 12, 15, 20, 24, 30]) {
      expect(placeOf(short, 0, column)).toBe(placeOf(MAPPINGS, 0, column))
    }
  })

  it('leaves an empty map empty', () => {
    expect(lineMappings('')).toBe('')
    expect(lineMappings(';;')).toBe(';;')
  })
})
