import { within } from './broken-rule.ts'

/** Runs its argument inside a lock. */
export type Lock = (critical: () => Promise<void>) => Promise<void>

/**
 * Runs `work` inside `lock`, which may take `timeoutMs` to let it in, and again to end. `work` has its own limits, so
 * that the error names the operation that hangs.
 */
export async function runLocked(lock: Lock, timeoutMs: number, work: () => Promise<void>): Promise<void> {
  const [entry, exit] = [signal(), signal()]
  const locked = lock(async () => {
    entry.give()
    try {
      await work()
    } finally {
      exit.give()
    }
  })
  const enter = async (): Promise<void> => Promise.race([entry.given, locked])
  await within(timeoutMs, 'lock() of a free store did not let its critical section run', enter)
  await Promise.race([exit.given, locked])
  await within(timeoutMs, 'lock() did not end after its critical section', async () => locked)
}

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give!: () => void
  const given = new Promise<void>((resolve) => (give = resolve))
  return { given, give }
}
