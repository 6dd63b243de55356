import { describe, expect, it } from 'vitest'
import { unexpectedStack } from './unexpected-stack.ts'

describe('unexpectedStack()', () => {
  it('ends although a chain of causes leads back to its beginning', () => {
    const error = new TypeError('first')
    error.cause = new RangeError('second', { cause: error })
    const lines = unexpectedStack(error).split('\n')
    expect(lines.filter((line) => !line.startsWith('    at '))).toEqual([
      'TypeError: first',
      'Caused by: RangeError: second',
      'Caused by: TypeError: first',
      'Caused by: RangeError: second',
      'Caused by: TypeError: first',
      'Caused by: RangeError: second',
    ])
  })
})
