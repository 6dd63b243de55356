import { describe, expect, it } from 'vitest'
import { findCycle } from './chunk-cycles.ts'

describe('findCycle()', () => {
  it('finds nothing in files that import each other in one direction', () => {
    const imports = { a: ['b', 'c'], b: ['c'], c: ['node:fs'], d: ['a', 'b'] }
    expect(findCycle(new Map(Object.entries(imports)))).toBeNull()
  })

  it('names the files of a cycle, without those that lead to it', () => {
    const imports = { entry: ['a'], a: ['b'], b: ['c'], c: ['a'] }
    expect(findCycle(new Map(Object.entries(imports)))).toEqual(['a', 'b', 'c', 'a'])
  })

  it('finds a file that imports itself', () => {
    expect(findCycle(new Map([['a', ['a']]]))).toEqual(['a', 'a'])
  })
})
