import { describe, expect, it } from 'vitest'
import { type LoginProgress, reportProgress, sentences } from './login-progress.ts'

describe('reportProgress()', () => {
  it('calls the hook at once', () => {
    const events: LoginProgress[] = []
    reportProgress((event) => events.push(event), 'exchanging', 'Exchanging the code for tokens.')
    expect(events).toEqual([{ type: 'exchanging', message: 'Exchanging the code for tokens.' }])
  })

  it('needs no hook', () => {
    expect(reportProgress(undefined, 'exchanging', 'Exchanging the code for tokens.')).toBeUndefined()
  })
})

describe('sentences()', () => {
  it('ends each sentence with a full stop, and leaves out empty ones', () => {
    expect(sentences('One', 'Two.', undefined, '', 'Three?', 'Four!')).toBe('One. Two. Three? Four!')
    expect(sentences()).toBe('')
  })
})
