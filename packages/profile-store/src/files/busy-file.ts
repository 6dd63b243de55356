import { errorCode } from './file-error.ts'

const BUSY = new Set(['EACCES', 'EBUSY', 'EPERM'])
const MAX_TRIES = 10

/** Tries again on Windows, where a file can't be changed while another program, such as a virus scanner, reads it. */
export async function whileBusy<T>(operation: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await operation()
    } catch (error) {
      const isBusy = process.platform === 'win32' && BUSY.has(errorCode(error) ?? '')
      if (!isBusy || tries === MAX_TRIES) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 10 * tries))
  }
}
