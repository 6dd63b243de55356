import { parseAuthorizationResponse } from '@anthropic-auth/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { CODE, OTHER_STATE, STATE } from '../test/waiting-server.ts'
import { readCallback } from './callback-response.ts'

// A test can't measure the time of a comparison, but it can check that core's constant-time one is used for each state.
vi.mock(import('@anthropic-auth/core'), async (original) => {
  const core = await original()
  return {
    ...core,
    parseAuthorizationResponse: vi.fn<typeof parseAuthorizationResponse>(core.parseAuthorizationResponse),
  }
})

const LAST_STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW8'
const STATES = [STATE, OTHER_STATE, LAST_STATE]

describe('readCallback()', () => {
  beforeEach(() => {
    vi.mocked(parseAuthorizationResponse).mockClear()
  })

  it.each(STATES)('finds the response for any of several states: %s', (state) => {
    expect(readCallback(`?code=${CODE}&state=${state}`, STATES)).toEqual({ code: CODE, state })
  })

  it.each([...STATES, 'another'])('compares every state, whichever it is: %s', (state) => {
    readCallback(`?code=${CODE}&state=${state}`, STATES)
    expect(vi.mocked(parseAuthorizationResponse).mock.calls.map(([, expected]) => expected)).toEqual([
      { state: STATE },
      { state: OTHER_STATE },
      { state: LAST_STATE },
    ])
  })

  it('relies only on the result of that comparison', () => {
    vi.mocked(parseAuthorizationResponse).mockReturnValue({ code: 'a-code', state: STATE })
    expect(readCallback('?code=x&state=y', [STATE])).toEqual({ code: 'a-code', state: STATE })
    vi.mocked(parseAuthorizationResponse).mockReset()
  })

  it('finds the error for any of several states', () => {
    expect(readCallback(`?error=access_denied&state=${LAST_STATE}`, STATES)).toMatchObject({
      code: 'authorization_denied',
    })
  })
})
