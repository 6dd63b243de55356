import { styleText } from 'node:util'
import { createPrompt, isEnterKey, useKeypress, useState } from '@inquirer/core'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { InputLines } from './input-lines.ts'
import { isPlainTerminal } from './plain-terminal.ts'
import { useRawTerminal } from './use-raw-terminal.ts'

const AGAIN = 'Enter y or n.'

const prompt = createPrompt<boolean | null, Question>(({ question, preset }, done) => {
  const [text, setText] = useState('')
  const [choice, setChoice] = useState<boolean | null>(null)
  const [notice, setNotice] = useState('')
  const [, setResumedAt] = useState(0)
  useRawTerminal({
    modes: { on: '', off: '' },
    onEnd: () => done(null),
    onResume: () => setResumedAt(performance.now()),
  })
  useKeypress((key, readline) => {
    setText(readline.line)
    if (!isEnterKey(key)) return
    const isYes = parseYesNo(text, preset)
    setNotice(isYes === null ? AGAIN : '')
    setChoice(isYes)
    if (isYes !== null) done(isYes)
  })
  const input = choice === null ? `${choices(preset)} ${text}` : styled('cyan', choice ? 'yes' : 'no')
  return [`${styled('blue', '?')} ${styled('bold', question)} ${input}`, notice]
})

/** A yes-or-no question, and the choice that Enter means. */
export interface Question {
  readonly question: string
  readonly preset: boolean
}

/**
 * Asks a yes-or-no question on the terminal.
 *
 * @throws AnthropicAuthError `aborted` at Ctrl-C or Ctrl-D, or when `signal` aborts
 */
export async function confirm(question: Question, signal: AbortSignal): Promise<boolean> {
  const isYes = await ask(question, signal).catch((error: unknown) => notConfirmed(error))
  return isYes ?? notConfirmed()
}

async function ask(question: Question, signal: AbortSignal): Promise<boolean | null> {
  if (isPlainTerminal()) return askLine(question, signal)
  return prompt(question, { input: process.stdin, output: process.stderr, signal })
}

/** Asks on a terminal that can't redraw a line. */
async function askLine({ question, preset }: Question, signal: AbortSignal): Promise<boolean | null> {
  const lines = new InputLines(process.stdin)
  const end = (): void => lines.close()
  signal.addEventListener('abort', end)
  try {
    for (;;) {
      process.stderr.write(`${question} ${choices(preset)} `)
      const line = await lines.next()
      const isYes = line === null ? null : parseYesNo(line, preset)
      if (line === null || isYes !== null) return isYes
      process.stderr.write(`${AGAIN}\n`)
    }
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

function choices(preset: boolean): string {
  return preset ? '[Y/n]' : '[y/N]'
}

/** Returns `null` for text that is neither yes nor no. */
function parseYesNo(text: string, preset: boolean): boolean | null {
  const word = text.trim().toLowerCase()
  if (word === '') return preset
  if (['y', 'yes'].includes(word)) return true
  return ['n', 'no'].includes(word) ? false : null
}

function notConfirmed(cause?: unknown): never {
  throw new AnthropicAuthError('aborted', 'Not confirmed', {
    // The tool has its own message about Ctrl-C.
    reason: cause === undefined ? 'declined' : undefined,
    hint: 'Nothing was changed. Run the command again, or choose a profile with --profile NAME.',
    cause,
  })
}

function styled(format: 'blue' | 'bold' | 'cyan', text: string): string {
  return styleText(format, text, { stream: process.stderr })
}
