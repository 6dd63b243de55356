import { describe, expect, it } from 'vitest'
import { parseHelp } from './command-help.ts'

const HELP = `Usage: tool login [options]

Log in with your browser,
or by pasting a code.

Options:
  --mode <mode>   console for API keys, max for a
                  subscription (default: console)
  -h, --help      show this help

Examples:
  $ tool login
  $ tool token | curl \\
      https://example.com

`

describe('parseHelp()', () => {
  it('joins what the terminal has wrapped', () => {
    expect(parseHelp(HELP)).toEqual({
      usage: 'tool login [options]',
      description: 'Log in with your browser, or by pasting a code.',
      lists: {
        Options: [
          {
            term: '--mode <mode>',
            description: 'console for API keys, max for a subscription (default: console)',
          },
          { term: '-h, --help', description: 'show this help' },
        ],
      },
      examples: ['tool login', 'tool token | curl \\\n  https://example.com'],
    })
  })
})
