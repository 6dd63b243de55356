import { timingSafeEqual } from '@anthropic-auth/pkce/internal'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { parseAuthorizationResponse } from './authorization-response.ts'

// A test can't measure the time of a comparison, but it can check that the constant-time one is used.
vi.mock(import('@anthropic-auth/pkce/internal'), async (original) => {
  const pkce = await original()
  return { ...pkce, timingSafeEqual: vi.fn<typeof timingSafeEqual>(pkce.timingSafeEqual) }
})

const STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW6'

describe('parseAuthorizationResponse()', () => {
  beforeEach(() => {
    vi.mocked(timingSafeEqual).mockClear()
  })

  it.each([
    ['code#state', 'a-code#a-state'],
    ['a query', '?code=a-code&state=a-state'],
    ['a URL', new URL('http://localhost/callback?code=a-code&state=a-state')],
    ['URLSearchParams', new URLSearchParams({ code: 'a-code', state: 'a-state' })],
    ['members', { code: 'a-code', state: 'a-state' }],
    ['an error', '?error=access_denied&state=a-state'],
  ])('compares the state of %s in constant time', (_shape, input) => {
    expect(() => parseAuthorizationResponse(input, { state: STATE })).toThrow("doesn't match this login")
    expect(vi.mocked(timingSafeEqual).mock.calls).toEqual([['a-state', STATE]])
  })

  it('relies only on the result of that comparison', () => {
    vi.mocked(timingSafeEqual).mockReturnValueOnce(false)
    expect(() => parseAuthorizationResponse(`a-code#${STATE}`, { state: STATE })).toThrow(
      "doesn't match this login",
    )
  })

  it('compares a wrapped response and a bare code in the same way', () => {
    expect(() => parseAuthorizationResponse('a-\ncode#a-state', { state: STATE })).toThrow('a line break')
    expect(() => parseAuthorizationResponse('a-code', { state: STATE })).toThrow('has no state')
    expect(vi.mocked(timingSafeEqual).mock.calls).toEqual([
      ['a-state', STATE],
      ['a-code', STATE],
    ])
  })
})
