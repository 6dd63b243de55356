import fs, { type FileHandle } from 'node:fs/promises'

const CHANGES = ['writeFile', 'link', 'unlink', 'rename', 'mkdir', 'rm'] as const
const HANDLE_CHANGES = ['write', 'truncate', 'sync', 'chmod'] as const
const FOLDER_CHANGES = ['writeFile', 'link', 'unlink'] as const

/** Kills this process just before change number `step` (from 0) to the file system. */
export function dieAtStep(step: number): void {
  const count = countdown(step)
  for (const name of CHANGES) callBefore(fs, name, count)
  const { open } = fs
  Object.assign(fs, {
    open: async (...args: Parameters<typeof open>): Promise<FileHandle> => {
      const handle = await open(...args)
      for (const name of HANDLE_CHANGES) callBefore(handle, name, count)
      return handle
    },
  })
}

/** Kills this process just before change number `step` (from 0) to the folder of a lock. */
export function dieAtLockStep(step: number): void {
  const count = countdown(step)
  for (const name of FOLDER_CHANGES) callBefore(fs, name, count)
  // Opening the file to read it is not a change, and uses numeric flags.
  callBefore(fs, 'open', async (_path, flags) => (typeof flags === 'string' ? count() : undefined))
}

/** Returns a function that lets `step` calls pass, and kills this process at the next one. */
function countdown(step: number): () => Promise<void> {
  let changes = 0
  return async () => {
    if (changes === step) await die()
    changes += 1
  }
}

function callBefore(object: object, name: string, hook: (...args: unknown[]) => Promise<void>): void {
  const change = Reflect.get(object, name) as (...args: unknown[]) => Promise<unknown>
  Object.assign(object, {
    [name]: async (...args: unknown[]) => {
      await hook(...args)
      return Reflect.apply(change, object, args)
    },
  })
}

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}
