import { describe, expect, it } from 'vitest'
import { parseJsonObject } from './json-object.ts'

describe('parseJsonObject()', () => {
  it('gives the members of an object', () => {
    expect(parseJsonObject(' {"a": 1, "b": {"c": [2]}}\n')).toEqual({ a: 1, b: { c: [2] } })
  })

  it('gives null for all that is no object', () => {
    for (const text of [
      '',
      ' ',
      'null',
      '[]',
      '[{}]',
      '1',
      'true',
      '"{}"',
      '{',
      '{"a": 1',
      '<html>',
      'undefined',
    ]) {
      expect(parseJsonObject(text)).toBeNull()
    }
  })

  it('gives null for a nesting deeper than the stack', () => {
    expect(parseJsonObject('['.repeat(1_000_000))).toBeNull()
  })

  it('has no member that the text has not', () => {
    const object = parseJsonObject('{}')
    for (const name of ['toString', 'constructor', 'hasOwnProperty', '__proto__']) {
      expect(object?.[name]).toBeUndefined()
    }
  })

  it('takes __proto__ for a member like any other', () => {
    const object = parseJsonObject('{"__proto__": {"access_token": "stolen"}}')
    expect(Object.getPrototypeOf(object)).toBeNull()
    expect(Object.keys(object ?? {})).toEqual(['__proto__'])
    expect(object?.['access_token']).toBeUndefined()
  })
})
