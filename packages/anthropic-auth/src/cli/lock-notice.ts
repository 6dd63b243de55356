import type { ProfileStore } from '@anthropic-auth/profile-store'
import { reportWarning } from './error-report.ts'

/** A lock is usually held for less time than this: as long as one request takes. */
const NOTICE_MS = 2000

/** Tells the user when a command waits unusually long for the lock of a profile. */
export class LockNotice {
  readonly #json: boolean | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(json: boolean | undefined) {
    this.#json = json
  }

  begin(): void {
    this.#timer ??= setTimeout(
      () =>
        reportWarning(
          'Waiting for another process that uses this profile. Press Ctrl-C to stop.',
          this.#json,
        ),
      NOTICE_MS,
    ).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** Runs `critical` under the lock of a profile, with a notice while another process holds it. */
export async function lockProfile<T>(
  store: ProfileStore,
  critical: () => Promise<T>,
  { json, signal }: { readonly json?: boolean | undefined; readonly signal: AbortSignal },
): Promise<T> {
  const notice = new LockNotice(json)
  notice.begin()
  try {
    return await store.lock(
      async () => {
        notice.end()
        return critical()
      },
      { signal },
    )
  } finally {
    notice.end()
  }
}
