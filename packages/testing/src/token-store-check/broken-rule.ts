/** Thrown by `checkTokenStore()`. The message names the broken rule, and never contains a token. */
export class BrokenRule extends Error {
  readonly rule: string

  constructor(rule: string) {
    super(`The token store breaks its contract: ${rule}`)
    this.rule = rule
  }
}

/**
 * Runs `work`, and throws that `rule` is broken if nothing happens for `timeoutMs`. `work` calls `progress` whenever
 * something happens. Work that still runs at the end is left behind.
 */
export async function within<T>(
  timeoutMs: number,
  rule: string,
  work: (progress: () => void) => Promise<T>,
): Promise<T> {
  let expire!: (error: Error) => void
  const expired = new Promise<never>((_resolve, reject) => (expire = reject))
  const timer = setTimeout(() => expire(new BrokenRule(`${rule} within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([work(() => void timer.refresh()), expired])
  } finally {
    clearTimeout(timer)
  }
}
