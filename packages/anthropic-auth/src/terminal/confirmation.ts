import { styleText } from 'node:util'
import { createPrompt, isEnterKey, useKeypress, useState } from '@inquirer/core'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { InputLines } from './input-lines.ts'
import { isPlainTerminal } from './plain-terminal.ts'
import { useRawTerminal } from './use-raw-terminal.ts'

const AGAIN = 'Answer y or n.'

const prompt = createPrompt<boolean | null, { readonly question: string }>(({ question }, done) => {
  const [text, setText] = useState('')
  const [answer, setAnswer] = useState<boolean | null>(null)
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
    const yes = readAnswer(text)
    setNotice(yes === null ? AGAIN : '')
    setAnswer(yes)
    if (yes !== null) done(yes)
  })
  const choice = answer === null ? `[Y/n] ${text}` : styled('cyan', answer ? 'yes' : 'no')
  return [`${styled('blue', '?')} ${styled('bold', question)} ${choice}`, notice]
})

/**
 * Asks a question on the terminal that Enter answers with yes.
 *
 * @throws AnthropicAuthError `aborted` at Ctrl-C or Ctrl-D, or when `signal` aborts
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await ask(question, signal).catch((error: unknown) => notAnswered(error))
  return answer ?? notAnswered()
}

async function ask(question: string, signal: AbortSignal): Promise<boolean | null> {
  if (isPlainTerminal()) return askLine(question, signal)
  return prompt({ question }, { input: process.stdin, output: process.stderr, signal })
}

/** Asks on a terminal that cannot redraw a line. */
async function askLine(question: string, signal: AbortSignal): Promise<boolean | null> {
  const lines = new InputLines(process.stdin)
  const end = (): void => lines.close()
  signal.addEventListener('abort', end)
  try {
    for (;;) {
      process.stderr.write(`${question} [Y/n] `)
      const line = await lines.next()
      const answer = line === null ? null : readAnswer(line)
      if (line === null || answer !== null) return answer
      process.stderr.write(`${AGAIN}\n`)
    }
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

/** Returns `null` for text that is neither yes nor no. */
function readAnswer(text: string): boolean | null {
  const word = text.trim().toLowerCase()
  if (['', 'y', 'yes'].includes(word)) return true
  return ['n', 'no'].includes(word) ? false : null
}

function notAnswered(cause?: unknown): never {
  throw new AnthropicAuthError('aborted', 'The question was not answered', {
    hint: 'Nothing was changed. Run it again, or choose a profile with --profile NAME.',
    cause,
  })
}

function styled(format: 'blue' | 'bold' | 'cyan', text: string): string {
  return styleText(format, text, { stream: process.stderr })
}
