import { describe, expect, it } from 'vitest'
import { narrowed } from './text-width.ts'

describe('narrowed()', () => {
  const HELP = `
Environment:
  NAME_OF_VARIABLE    the text that belongs to it
  SHORT    text

Exit codes:
  0    success

A sentence that is too long for it.
  $ command --flag value --another value
`

  it('leaves a text that fits as it is', () => {
    expect(narrowed(HELP, 80)).toBe(HELP)
  })

  it('puts columns below each other, breaks sentences, and leaves examples whole', () => {
    expect(narrowed(HELP, 20)).toBe(`
Environment:
  NAME_OF_VARIABLE
    the text that
    belongs to it
  SHORT
    text

Exit codes:
  0    success

A sentence that is
too long for it.
  $ command --flag value --another value
`)
  })
})
