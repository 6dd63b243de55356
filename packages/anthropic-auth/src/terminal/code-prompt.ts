import { styleText } from 'node:util'
import { createPrompt, useEffect, useKeypress, useState } from '@inquirer/core'
import { useRawTerminal } from './use-raw-terminal.ts'
import { TerminalInput } from './terminal-input.ts'
import { columns, wrapped } from './wrapped-text.ts'

/** The texts of a prompt for the code. */
export interface CodePromptView {
  readonly message: string
  /** A text below the line. */
  readonly notice: string
}

/** A prompt for the code, which can change while the user types. */
export interface CodePromptConfig {
  readonly view: CodePromptView
  /** Calls `listener` with each new view. Returns the function that stops it. */
  readonly onView: (listener: (view: CodePromptView) => void) => () => void
  /** Called when the user pastes a text that is too long for a code. The prompt discards it. */
  readonly onTooLong: () => void
}

interface PromptConfig extends CodePromptConfig {
  readonly input: TerminalInput
}

/** The longest text that `parseAuthorizationResponse()` accepts. */
const MAX_LENGTH = 8192

/** Makes the terminal mark what is pasted, so that a line break in it is not the Enter key. */
const PASTE_MODE = { on: '\u001B[?2004h', off: '\u001B[?2004l' }

const prompt = createPrompt<string | null, PromptConfig>(({ input, ...config }, done) => {
  const [text, setText] = useState('')
  const [view, setView] = useState(config.view)
  const [, setResumedAt] = useState(0)
  useEffect(() => config.onView(setView), [])
  useRawTerminal({
    input,
    modes: PASTE_MODE,
    onEnd: () => done(null),
    onResume: () => setResumedAt(performance.now()),
  })
  useEffect(
    (readline) =>
      input.listen({
        room: () => MAX_LENGTH - readline.line.length,
        onText: (typed) => {
          readline.write(typed)
          setText(readline.line)
        },
        onEnter: () => {
          if (readline.line.trim() !== '') done(readline.line)
        },
        onTooLong: () => {
          clearLine(readline)
          setText('')
          config.onTooLong()
        },
      }),
    [],
  )
  useKeypress((_key, readline) => setText(readline.line))
  return linesOf(view, text)
})

function linesOf({ message, notice }: CodePromptView, text: string): string | [string, string] {
  const line = `${styled('blue', '?')} ${styled('bold', message)} ${text}`
  if (notice === '') return line
  return [line, styled('yellow', wrapped(notice, columns(process.stderr) - 1).join('\n'))]
}

/** Presses the keys that go to the end of the line and delete it. */
function clearLine(readline: { write(text: string | null, key?: { ctrl: true; name: string }): void }): void {
  for (const name of ['e', 'u']) readline.write(null, { ctrl: true, name })
}

function styled(format: 'blue' | 'bold' | 'yellow', text: string): string {
  return styleText(format, text, { stream: process.stderr })
}

/**
 * Asks for the code on a terminal. Nothing of the prompt stays on the screen.
 *
 * @returns `null` when the input ended
 * @throws ExitPromptError at Ctrl-C, AbortPromptError when `signal` aborts
 */
export async function promptOnTerminal(
  config: CodePromptConfig,
  signal: AbortSignal,
): Promise<string | null> {
  const input = new TerminalInput(process.stdin)
  const onAbort = (): void => input.holdRawMode()
  signal.addEventListener('abort', onAbort)
  try {
    return await prompt(
      { ...config, input },
      { input, output: process.stderr, signal, clearPromptOnDone: true },
    )
  } finally {
    signal.removeEventListener('abort', onAbort)
    await input.settle()
  }
}
