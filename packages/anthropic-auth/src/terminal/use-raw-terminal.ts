import { useEffect } from '@inquirer/core'

/** The options of a prompt's terminal. */
export interface RawTerminal {
  /** The input of the prompt; default: standard input. */
  readonly input?: { setRawMode(isRaw: boolean): unknown }
  /** Control sequences that turn terminal modes on and off, in addition to raw mode. */
  readonly modes: { readonly on: string; readonly off: string }
  /** Called at Ctrl-D, or when the terminal is closed: nothing more will be typed. */
  readonly onEnd: () => void
  /** Called when the process continues after Ctrl-Z: the prompt may no longer be on the screen. */
  readonly onResume: () => void
}

/** A process that was told to stop may still run for this long. */
const STOP_MS = 50

/** A hook that restores the terminal when the prompt ends, and when a signal ends or stops the process. */
export function useRawTerminal({ input = process.stdin, modes, onEnd, onResume }: RawTerminal): void {
  useEffect((readline) => {
    let resuming: NodeJS.Timeout | undefined
    const leave = (): void => {
      clearTimeout(resuming)
      process.stderr.write(modes.off)
      input.setRawMode(false)
    }
    const resume = (): void => {
      input.setRawMode(true)
      process.stderr.write(modes.on)
      onResume()
    }
    process.stderr.write(modes.on)
    readline.on('close', onEnd)
    // Without a listener, `readline` stops the process itself, and does not read afterwards.
    readline.on('SIGTSTP', () => {
      leave()
      stop()
      resuming = setTimeout(resume, STOP_MS)
    })
    return leave
  }, [])
}

/** Stops the process group, as the terminal itself does, so that a parent such as `npx` stops too. */
function stop(): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGTSTP')
}
