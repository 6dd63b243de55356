import { useEffect } from '@inquirer/core'

/** What a prompt needs to know of its terminal. */
export interface PromptTerminal {
  /** Sequences that set and reset what the prompt needs beside raw mode. */
  readonly modes: { readonly on: string; readonly off: string }
  /** Called when nothing more will be typed: at Ctrl-D, or when the terminal is gone. */
  readonly onEnd: () => void
  /** Called when the process goes on after Ctrl-Z: what it drew may be gone. */
  readonly onResume: () => void
}

/** For how long a process that is being stopped may still run. */
const STOP_MS = 50

/** A hook that leaves the terminal as it was, also where a signal ends or stops the process. */
export function usePromptTerminal({ modes, onEnd, onResume }: PromptTerminal): void {
  useEffect((readline) => {
    let resuming: NodeJS.Timeout | undefined
    const leave = (): void => {
      clearTimeout(resuming)
      process.stderr.write(modes.off)
      process.stdin.setRawMode(false)
    }
    const resume = (): void => {
      process.stdin.setRawMode(true)
      process.stderr.write(modes.on)
      onResume()
    }
    process.stderr.write(modes.on)
    readline.on('close', onEnd)
    // Without this, `readline` would stop, and read no more afterwards.
    readline.on('SIGTSTP', () => {
      leave()
      stop()
      resuming = setTimeout(resume, STOP_MS)
    })
    return leave
  }, [])
}

/** As the terminal itself would: with whatever waits for this process, such as `npx`. */
function stop(): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGTSTP')
}
