const PAUSE_MS = 1000

let refreshes = 0

/** Notes that a refresh has begun. Its response may hold the only working refresh token. */
export function beginRefresh(): void {
  refreshes += 1
}

export function endRefresh(): void {
  refreshes -= 1
}

/**
 * Ends the process soon after its command, but never during a refresh. Otherwise, Node's `fetch` can keep it alive
 * forever: it connects again and again to a proxy that closes each connection, even after the request was aborted.
 */
export function endSoon(): void {
  let isIdle = false
  setInterval(() => {
    // Idle twice in a row: the work that follows a refresh, such as the release of the lock, is done, too.
    if (isIdle && refreshes === 0) process.exit()
    isIdle = refreshes === 0
  }, PAUSE_MS).unref()
}
