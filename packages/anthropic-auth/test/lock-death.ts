import fs from 'node:fs/promises'

/** Kills this process as it is about to make its change number `step` to the folder of a lock, counted from 0. */
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
        // A look opens the file with flags of its own.
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
