import fs from 'node:fs/promises'

/** Kills this process just before change number `step` (from 0) to the folder of a lock. */
export function dieAtLockStep(step: number): void {
  let changes = 0
  const count = async (): Promise<void> => {
    if (changes === step) await die()
    changes += 1
  }
  for (const name of ['writeFile', 'open', 'link', 'unlink'] as const) {
    const change = fs[name] as (...args: unknown[]) => Promise<unknown>
    Object.assign(fs, {
      [name]: async (...args: unknown[]) => {
        // Opening the file to read it is not a change, and uses numeric flags.
        if (name !== 'open' || typeof args[1] === 'string') await count()
        return change(...args)
      },
    })
  }
}

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}
