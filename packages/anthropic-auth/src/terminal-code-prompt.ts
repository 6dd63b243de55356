import { styleText } from 'node:util'
import {
  createPrompt,
  isEnterKey,
  makeTheme,
  useEffect,
  useKeypress,
  usePrefix,
  useRef,
  useState,
} from '@inquirer/core'
import { usePromptTerminal } from './prompt-terminal.ts'

/** What a prompt for the code shows. */
export interface CodePromptView {
  readonly message: string
  /** Whether something else may answer, too: a spinner says so. */
  readonly isWaiting: boolean
  /** What is said below the line. */
  readonly notice: string
}

/** A prompt for the code, which can change while somebody types. */
export interface CodePromptConfig {
  readonly view: CodePromptView
  /** Calls `listener` with each later view, and returns what ends that. */
  readonly onView: (listener: (view: CodePromptView) => void) => () => void
}

/** Around what is pasted, so that a line break in it is not the Enter key. */
const PASTE_MODE = { on: '\u001B[?2004h', off: '\u001B[?2004l' }

/** Of the spinner, which starts a moment later. */
const FIRST_FRAME = makeTheme({ prefix: styled('yellow', '⠋') })

const prompt = createPrompt<string | null, CodePromptConfig>((config, done) => {
  const [text, setText] = useState('')
  const [view, setView] = useState(config.view)
  const [, setResumedAt] = useState(0)
  const prefix = usePrefix(view.isWaiting ? { status: 'loading', theme: FIRST_FRAME } : { status: 'idle' })
  const paste = useRef({ isOpen: false, lines: '', last: '' })
  useEffect(() => config.onView(setView), [])
  usePromptTerminal({
    modes: PASTE_MODE,
    onEnd: () => done(null),
    onResume: () => setResumedAt(performance.now()),
  })
  useKeypress((key, readline) => {
    const { current } = paste
    if (key.name === 'paste-start') current.isOpen = true
    else if (current.isOpen && isEnterKey(key)) current.lines += current.last
    else if (isEnterKey(key)) {
      if (text.trim() !== '') done(text)
    } else if (key.name === 'paste-end') {
      current.isOpen = false
      prepend(readline, current.lines)
      current.lines = ''
    }
    // What Enter ends has left `readline` by then.
    current.last = readline.line
    // Drawn once, not for each character that is pasted.
    if (!current.isOpen) setText(readline.line)
  })
  const line = `${prefix} ${styled('bold', view.message)} ${text}`
  return view.notice === '' ? line : [line, styled('yellow', wrapped(view.notice))]
})

/** The lines of a paste become one, which is edited as if it were typed. */
function prepend(
  readline: { write(text: string | null, key?: { ctrl: true; name: string }): void },
  text: string,
): void {
  readline.write(null, { ctrl: true, name: 'a' })
  readline.write(text)
  readline.write(null, { ctrl: true, name: 'e' })
}

/** Between words; a longer one is left to the terminal. */
function wrapped(text: string): string {
  const width = Math.max(process.stderr.columns - 1, 20)
  return text.replaceAll(new RegExp(String.raw`(?=.{${width}})(.{1,${width}}) `, 'g'), '$1\n')
}

function styled(format: 'bold' | 'yellow', text: string): string {
  return styleText(format, text, { stream: process.stderr })
}

/**
 * Asks for the code on a terminal; leaves nothing of the prompt behind.
 *
 * @returns `null` when the input ended
 * @throws ExitPromptError at Ctrl-C, AbortPromptError when `signal` aborts
 */
export async function promptOnTerminal(
  config: CodePromptConfig,
  signal: AbortSignal,
): Promise<string | null> {
  return prompt(config, { input: process.stdin, output: process.stderr, signal, clearPromptOnDone: true })
}
