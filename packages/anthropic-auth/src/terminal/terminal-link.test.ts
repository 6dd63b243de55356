import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { terminalLink } from './terminal-link.ts'

const URL = 'https://example.com/a?b=c'
const HYPERLINK = `\u001B]8;;${URL}\u001B\\${URL}\u001B]8;;\u001B\\`
const VARIABLES = [
  'FORCE_HYPERLINK',
  'TERM_PROGRAM',
  'TMUX',
  'STY',
  'VTE_VERSION',
  'WT_SESSION',
  'KONSOLE_VERSION',
]

beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined)
  vi.stubEnv('TERM', 'xterm-256color')
})
afterEach(() => void vi.unstubAllEnvs())

describe('terminalLink()', () => {
  it.each([
    ['TERM_PROGRAM', 'WezTerm'],
    ['TERM_PROGRAM', 'iTerm.app'],
    ['TERM_PROGRAM', 'vscode'],
    ['TERM', 'xterm-kitty'],
    ['TERM', 'alacritty'],
    ['VTE_VERSION', '5000'],
    ['VTE_VERSION', '7600'],
    ['WT_SESSION', 'b9f1d2a4'],
    ['KONSOLE_VERSION', '230804'],
    ['FORCE_HYPERLINK', '1'],
  ])('makes a hyperlink when %s is %s', (name, value) => {
    vi.stubEnv(name, value)
    expect(terminalLink(URL, true)).toBe(HYPERLINK)
  })

  it.each([
    ['TERM_PROGRAM', 'Apple_Terminal'],
    ['VTE_VERSION', '4999'],
    ['TERM', 'screen'],
  ])('leaves the URL unchanged when %s is %s', (name, value) => {
    vi.stubEnv(name, value)
    expect(terminalLink(URL, true)).toBe(URL)
  })

  it.each([
    ['TMUX', '/tmp/tmux-0/default,1,0'],
    ['STY', '1.pts-0.host'],
    ['TERM', 'dumb'],
    ['FORCE_HYPERLINK', '0'],
  ])('makes no hyperlink when %s is %s, whatever the terminal', (name, value) => {
    vi.stubEnv('TERM_PROGRAM', 'WezTerm')
    vi.stubEnv(name, value)
    expect(terminalLink(URL, true)).toBe(URL)
  })

  it('makes no hyperlink without a terminal', () => {
    vi.stubEnv('FORCE_HYPERLINK', '1')
    expect(terminalLink(URL, false)).toBe(URL)
  })
})
