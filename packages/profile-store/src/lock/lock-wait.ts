/**
 * Waits for `event`.
 *
 * @returns whether it came within `timeoutMs` and before `signal` was aborted
 */
export async function comesWithin(
  event: Promise<unknown>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  if (signal?.aborted) return false
  let stop!: () => void
  const stopped = new Promise<boolean>((resolve) => (stop = () => resolve(false)))
  const timer = setTimeout(stop, timeoutMs)
  signal?.addEventListener('abort', stop)
  try {
    return await Promise.race([event.then(() => true), stopped])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** Waits for `ms`, or until `signal` is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await comesWithin(new Promise(() => undefined), ms, signal)
}
