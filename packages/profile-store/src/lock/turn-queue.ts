import { comesWithin } from './lock-wait.ts'

/** By key, the end of the last turn that was asked for. */
const tails = new Map<string, Promise<void>>()

/**
 * Waits until every turn that was asked for before, in this process and for the same key, has ended.
 *
 * @returns a function that ends this turn; `null` when the turn did not come within `timeoutMs`, or `signal` was aborted
 */
export async function takeTurn(
  key: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<(() => void) | null> {
  const before = tails.get(key)
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const tail: Promise<void> = Promise.all([before, ended]).then(() => {
    if (tails.get(key) === tail) tails.delete(key)
  })
  tails.set(key, tail)
  if (before === undefined || (await comesWithin(before, timeoutMs, signal))) return end
  end()
  return null
}
