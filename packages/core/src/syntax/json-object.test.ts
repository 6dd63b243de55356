import { describe, expect, it } from 'vitest'
import { parseJsonObject } from './json-object.ts'

describe('parseJsonObject()', () => {
  it('returns the members of an object', () => {
    expect(parseJsonObject(' {"a": 1, "b": {"c": [2]}}\n')).toEqual({ a: 1, b: { c: [2] } })
  })

  it('returns null for anything but an object', () => {
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

  it('returns null for nesting that exceeds the stack', () => {
    expect(parseJsonObject('['.repeat(1_000_000))).toBeNull()
  })

  it('has only the members in the text', () => {
    const object = parseJsonObject('{}')
    for (const name of ['toString', 'constructor', 'hasOwnProperty', '__proto__']) {
      expect(object?.[name]).toBeUndefined()
    }
  })

  it('treats __proto__ like any other member', () => {
    const object = parseJsonObject('{"__proto__": {"access_token": "stolen"}}')
    expect(Object.getPrototypeOf(object)).toBeNull()
    expect(Object.keys(object ?? {})).toEqual(['__proto__'])
    expect(object?.['access_token']).toBeUndefined()
  })
})
