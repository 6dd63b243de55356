import fs, { type FileHandle } from 'node:fs/promises'

const CHANGES = ['writeFile', 'link', 'unlink', 'rename', 'mkdir', 'rm'] as const
const HANDLE_CHANGES = ['write', 'truncate', 'sync', 'chmod'] as const

/** Kills this process as it is about to make its change number `step` to the file system, counted from 0. */
export function dieAtStep(step: number): void {
  let changes = 0
  const wrap = (object: object, name: string): void => {
    const change = Reflect.get(object, name) as (...args: unknown[]) => Promise<unknown>
    Object.assign(object, {
      [name]: async (...args: unknown[]) => {
        if (changes === step) await die()
        changes += 1
        return Reflect.apply(change, object, args)
      },
    })
  }
  for (const name of CHANGES) wrap(fs, name)
  const { open } = fs
  Object.assign(fs, {
    open: async (...args: Parameters<typeof open>): Promise<FileHandle> => {
      const handle = await open(...args)
      for (const name of HANDLE_CHANGES) wrap(handle, name)
      return handle
    },
  })
}

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}
