import { styleText } from 'node:util'
import { createPrompt, isEnterKey, useKeypress, useState } from '@inquirer/core'
import { AnthropicAuthError } from '@anthropic-auth/core'

const prompt = createPrompt<boolean, { readonly question: string }>(({ question }, done) => {
  const [answer, setAnswer] = useState<boolean | null>(null)
  const finish = (yes: boolean): void => {
    setAnswer(yes)
    done(yes)
  }
  useKeypress((key, readline) => {
    // Only a word that begins as yes or no is an answer; anything else is asked about again.
    const text = readline.line.trim().toLowerCase()
    readline.clearLine(0)
    if (isEnterKey(key) || text === 'y') finish(true)
    else if (text === 'n') finish(false)
  })
  const choice = answer === null ? '[Y/n] ' : styleText('cyan', answer ? 'yes' : 'no')
  return `${styleText('blue', '?')} ${styleText('bold', question)} ${choice}`
})

/**
 * Asks a question on the terminal that Enter answers with yes.
 *
 * @throws AnthropicAuthError `aborted` at Ctrl-C, or when `signal` aborts
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  try {
    return await prompt({ question }, { input: process.stdin, output: process.stderr, signal })
  } catch (error) {
    throw new AnthropicAuthError('aborted', 'The question was not answered', { cause: error })
  }
}
