import { describe, expect, it } from 'vitest'
import { ignoredCallbackText } from './ignored-callback.ts'

describe('ignoredCallbackText()', () => {
  it('has a sentence for every request that could have been the callback', () => {
    const text = (reason: string): string | null =>
      ignoredCallbackText({ method: 'GET', status: 400, reason })
    expect(text('state_mismatch')).toBe('Ignored a callback for a different login')
    expect(text('not_a_navigation')).toContain('is not a navigation')
    expect(text('a_reason_of_a_later_version')).toBe('Ignored a callback (a_reason_of_a_later_version)')
  })

  it.each(['accepted', 'authorization_denied', 'already_answered', 'unknown_path', 'prefetch'])(
    'has nothing to say about %s',
    (reason) => {
      expect(ignoredCallbackText({ method: 'GET', status: 404, reason })).toBeNull()
    },
  )
})
