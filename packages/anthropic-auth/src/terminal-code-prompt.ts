import { styleText } from 'node:util'
import { createPrompt, isEnterKey, useEffect, useKeypress, usePrefix, useRef, useState } from '@inquirer/core'

/** What a prompt for the code shows. */
export interface CodePromptConfig {
  readonly message: string
  /** Whether something else may answer, too: a spinner says so. */
  readonly isWaiting: boolean
  /** What is to be said at the start, below the line. */
  readonly notice: string
  /** Calls `listener` with each later notice, and returns what ends that. */
  readonly onNotice: (listener: (notice: string) => void) => () => void
}

/** Around what is pasted, so that a line break in it is not the Enter key. */
const PASTE_MODE = { on: '\u001B[?2004h', off: '\u001B[?2004l' }

const prompt = createPrompt<string, CodePromptConfig>((config, done) => {
  const [text, setText] = useState('')
  const [notice, setNotice] = useState(config.notice)
  const prefix = usePrefix({ status: config.isWaiting ? 'loading' : 'idle' })
  const paste = useRef({ isOpen: false, lines: '', last: '' })
  useEffect(() => config.onNotice(setNotice), [])
  useKeypress((key, readline) => {
    const { current } = paste
    if (key.name === 'paste-start') current.isOpen = true
    else if (current.isOpen && isEnterKey(key)) current.lines += `${current.last}\n`
    else if (isEnterKey(key)) done(text)
    else if (key.name === 'paste-end') current.isOpen = false
    // What Enter ends has left `readline` by then.
    current.last = readline.line
    // Drawn once, not for each character that is pasted.
    if (!current.isOpen) setText(current.lines + readline.line)
  })
  const line = `${prefix} ${styleText('bold', config.message)} ${text.replaceAll('\n', '')}`
  return notice === '' ? line : [line, styleText('yellow', notice)]
})

/**
 * Asks for the code on a terminal; leaves nothing of the prompt behind.
 *
 * @throws ExitPromptError at Ctrl-C, AbortPromptError when `signal` aborts
 */
export async function promptOnTerminal(config: CodePromptConfig, signal: AbortSignal): Promise<string> {
  const output = process.stderr
  output.write(PASTE_MODE.on)
  try {
    return await prompt(config, { input: process.stdin, output, signal, clearPromptOnDone: true })
  } finally {
    output.write(PASTE_MODE.off)
  }
}
