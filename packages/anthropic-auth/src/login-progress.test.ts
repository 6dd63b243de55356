import { describe, expect, it } from 'vitest'
import { type LoginProgress, reportProgress, sentences } from './login-progress.ts'

describe('reportProgress()', () => {
  it('tells at once', () => {
    const events: LoginProgress[] = []
    reportProgress((event) => events.push(event), 'exchanging', 'Exchanging the code for tokens.')
    expect(events).toEqual([{ type: 'exchanging', message: 'Exchanging the code for tokens.' }])
  })

  it('needs nobody who listens', () => {
    expect(reportProgress(undefined, 'exchanging', 'Exchanging the code for tokens.')).toBeUndefined()
  })
})

describe('sentences()', () => {
  it('ends each with its full stop, and leaves out what is not there', () => {
    expect(sentences('One', 'Two.', undefined, '', 'Three?', 'Four!')).toBe('One. Two. Three? Four!')
    expect(sentences()).toBe('')
  })
})
