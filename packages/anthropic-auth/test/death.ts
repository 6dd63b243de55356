import fs from 'node:fs/promises'

const CHANGES = ['writeFile', 'link', 'unlink', 'rename', 'mkdir'] as const

/** Kills this process as it is about to make its change number `step` to the file system, counted from 0. */
export function dieAtStep(step: number): void {
  let changes = 0
  for (const name of CHANGES) {
    const change = fs[name] as (...args: unknown[]) => Promise<unknown>
    Object.assign(fs, {
      [name]: async (...args: unknown[]) => {
        if (changes === step) await die()
        changes += 1
        return change(...args)
      },
    })
  }
}

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}
