import { OAuthClient } from '@anthropic-auth/core'
import { describe, expect, it } from 'vitest'
import { isServersAnswer, readPastedAnswer } from './pasted-answer.ts'

const client = new OAuthClient()
const paste = client.startFlow('console')
const loopback = client.startFlow('console', { redirectUri: 'http://localhost:8080/callback' })
const flows = { paste, loopback, requireState: false }

function failure(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return expect.unreachable()
}

describe('readPastedAnswer()', () => {
  it.each([
    ['code#state', (state: string) => `a-code#${state}`],
    [
      'code#state that a terminal wrapped',
      (state: string) => `a-c\node#${state.slice(0, 9)}\n${state.slice(9)}`,
    ],
    ['a redirect URL', (state: string) => `http://localhost:8080/callback?code=a-code&state=${state}`],
    ['a query', (state: string) => `?code=a-code&state=${state}`],
  ])('finds the flow of %s by its state', (_what, text) => {
    for (const flow of [paste, loopback]) {
      expect(readPastedAnswer(text(flow.state), flows)).toEqual({
        flow,
        response: { code: 'a-code', state: flow.state },
        isCertain: true,
      })
    }
  })

  it('has a code alone for one of the code page, and can not be certain', () => {
    expect(readPastedAnswer(' a-code ', flows)).toEqual({
      flow: paste,
      response: { code: 'a-code', state: paste.state },
      isCertain: false,
    })
    expect(failure(() => readPastedAnswer('a-code', { ...flows, requireState: true }))).toMatchObject({
      code: 'invalid_authorization_response',
      reason: 'missing_state',
    })
  })

  it('takes no answer of loopback where nothing listens', () => {
    const text = `a-code#${loopback.state}`
    expect(failure(() => readPastedAnswer(text, { ...flows, loopback: null }))).toMatchObject({
      code: 'state_mismatch',
    })
  })

  it('tells a denial by its state', () => {
    for (const { state } of [paste, loopback]) {
      const denial = failure(() => readPastedAnswer(`?error=access_denied&state=${state}`, flows))
      expect(denial).toMatchObject({ code: 'authorization_denied' })
      expect(isServersAnswer(denial)).toBe(true)
      const refusal = failure(() => readPastedAnswer(`?error=server_error&state=${state}`, flows))
      expect(refusal).toMatchObject({ code: 'oauth_error', error: 'server_error' })
      expect(isServersAnswer(refusal)).toBe(true)
    }
    const strange = failure(() => readPastedAnswer('?error=access_denied&state=another', flows))
    expect(strange).toMatchObject({ code: 'state_mismatch' })
    expect(isServersAnswer(strange)).toBe(false)
  })

  it('recognizes an account on hold if its state matches', () => {
    const hold =
      'error=access_denied&error_description=account_on_hold&error_uri=https://claude.ai/restricted'
    for (const { state } of [paste, loopback]) {
      const onHold = failure(() => readPastedAnswer(`?${hold}&state=${state}`, flows))
      expect(onHold).toMatchObject({ code: 'account_on_hold', errorUri: 'https://claude.ai/restricted' })
      expect(isServersAnswer(onHold)).toBe(true)
    }
    const strange = failure(() => readPastedAnswer(`?${hold}&state=another`, flows))
    expect(strange).toMatchObject({ code: 'state_mismatch' })
  })

  it('says of an answer without a code that this is what it lacks, whichever flow it belongs to', () => {
    for (const { state } of [paste, loopback]) {
      for (const text of [`?state=${state}`, `#${state}`, state]) {
        expect(failure(() => readPastedAnswer(text, flows))).toMatchObject({ reason: 'missing_code' })
      }
    }
  })
})
