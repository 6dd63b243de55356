import fs from 'node:fs/promises'

type Change = (this: unknown, ...args: unknown[]) => Promise<unknown>

/** Kills this process as it is about to make its change number `step` to the folder of a lock, counted from 0. */
export async function dieAtLockStep(step: number): Promise<void> {
  let changes = 0
  const count = async (): Promise<void> => {
    if (changes === step) await die()
    changes += 1
  }
  const handle = await fs.open(process.execPath)
  countCalls(Object.getPrototypeOf(handle) as object, 'writeFile', count)
  await handle.close()
  for (const name of ['link', 'unlink']) countCalls(fs, name, count)
  countCalls(fs, 'open', async (_path, flags) => (flags === 'wx' ? count() : undefined))
}

function countCalls(target: object, name: string, count: (...args: unknown[]) => Promise<void>): void {
  const change = (target as Record<string, Change>)[name]!
  Object.assign(target, {
    async [name](...args: unknown[]) {
      await count(...args)
      return change.apply(this, args)
    },
  })
}

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}
