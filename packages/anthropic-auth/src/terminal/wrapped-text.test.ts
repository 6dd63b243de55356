import stringWidth from 'fast-string-width'
import { describe, expect, it } from 'vitest'
import { wrapped } from './wrapped-text.ts'

describe('wrapped()', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 100, ['one two three']],
    ['one two three', Number.POSITIVE_INFINITY, ['one two three']],
    ['one\ntwo three', 5, ['one', 'two', 'three']],
    ['https://example.com/long two', 8, ['https://example.com/long', 'two']],
    ['', 5, ['']],
  ])('breaks %j at %d between words', (text, width, lines) => {
    expect(wrapped(text, width)).toEqual(lines)
  })

  it('counts the columns that the terminal shows', () => {
    expect(wrapped('株式 会社 例', 9, stringWidth)).toEqual(['株式 会社', '例'])
    expect(wrapped('\u001B[31mone\u001B[39m two three', 7, stringWidth)).toEqual([
      '\u001B[31mone\u001B[39m two',
      'three',
    ])
  })

  it('leaves commands whole', () => {
    expect(wrapped('To use it, run: unset ANTHROPIC_API_KEY', 25)).toEqual([
      'To use it, run:',
      'unset ANTHROPIC_API_KEY',
    ])
    expect(wrapped('Run: kill -CONT 12. To end it, run: kill -KILL 12', 14)).toEqual([
      'Run:',
      'kill -CONT 12.',
      'To end it,',
      'run:',
      'kill -KILL 12',
    ])
  })

  it('treats no other text as a command', () => {
    expect(wrapped('Damaged: run on text', 10)).toEqual(['Damaged:', 'run on', 'text'])
    expect(wrapped('it is what ant writes here', 12)).toEqual(['it is what', 'ant writes', 'here'])
  })
})
