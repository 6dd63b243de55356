import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { assertSignal } from './abort-signal.ts'

describe('assertSignal()', () => {
  it('accepts a signal of any realm, or none', () => {
    const foreign: unknown = runInNewContext(
      '({ aborted: false, addEventListener() {}, removeEventListener() {} })',
    )
    for (const signal of [undefined, new AbortController().signal, AbortSignal.abort(), foreign]) {
      expect(() => assertSignal(signal)).not.toThrow()
    }
  })

  it.each([null, 'text', true, {}, [], () => 1, new EventTarget(), new AbortController()])(
    'refuses %o',
    (signal) => {
      expect(() => assertSignal(signal)).toThrow(new TypeError('signal must be an AbortSignal'))
    },
  )
})
