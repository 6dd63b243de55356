/** By key, the end of the last turn that was asked for. */
const tails = new Map<string, Promise<void>>()

/**
 * Waits until every turn that was asked for before, in this process and for the same key, has ended.
 *
 * @returns what ends this turn; `null` when it did not come within `timeoutMs`
 */
export async function takeTurn(key: string, timeoutMs: number): Promise<(() => void) | null> {
  const before = tails.get(key)
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const tail: Promise<void> = Promise.all([before, ended]).then(() => {
    if (tails.get(key) === tail) tails.delete(key)
  })
  tails.set(key, tail)
  if (before === undefined || (await endsWithin(before, timeoutMs))) return end
  end()
  return null
}

async function endsWithin(turn: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, timeoutMs, false)))
  try {
    return await Promise.race([turn.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
