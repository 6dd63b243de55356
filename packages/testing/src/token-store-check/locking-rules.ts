import { setTimeout as delay } from 'node:timers/promises'
import { BrokenRule, within } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'

/** Long enough for whoever does not wait to get in. */
export const HOLD_MS = 50
const TOGETHER = 'Two holders were inside lock() at once'

/** The lock runs its critical section once, hands on what comes of it, and is free afterwards: also of an empty store. */
export async function checkLockOutcome({ open, timeoutMs }: Check): Promise<void> {
  const [first, second] = [await open(), await open()]
  const result = {}
  let runs = 0
  const returned: unknown = await within(timeoutMs, 'lock() of a free store did not end', async () =>
    first.lock(async () => {
      runs += 1
      return result
    }),
  )
  if (runs !== 1) throw new BrokenRule(`lock() ran its critical section ${runs} times`)
  if (returned !== result) throw new BrokenRule('lock() did not give what its critical section gave')
  await assertFree([first, second], timeoutMs, 'lock() was not released after its critical section')
}

/** A critical section that rejects rejects the lock with the same error, and frees it. */
export async function checkLockRejection({ open, timeoutMs }: Check): Promise<void> {
  const [first, second] = [await open(), await open()]
  const reason = new Error('Thrown by a critical section of checkTokenStore()')
  const failing = async (): Promise<never> => first.lockRaw(async () => Promise.reject(reason))
  const caught: unknown = await within(
    timeoutMs,
    'lock() did not end after its critical section threw',
    async () =>
      failing().then(
        () => null,
        (error: unknown) => error,
      ),
  )
  if (caught !== reason) throw new BrokenRule('lock() did not reject with the error of its critical section')
  await assertFree([first, second], timeoutMs, 'lock() was not released after its critical section threw')
}

/** While one holds the lock another waits for it, through the same object or a second one. */
export async function checkLockWaits({ open, timeoutMs }: Check): Promise<void> {
  const [first, second] = [await open(), await open()]
  for (const other of [first, second]) {
    const waiters: Promise<void>[] = []
    let isHeld = true
    await hold(first, timeoutMs, async () => {
      const waiter = other.lock(async () => {
        if (isHeld) throw new BrokenRule(TOGETHER)
      })
      waiters.push(waiter)
      await Promise.race([waiter, delay(HOLD_MS)])
      isHeld = false
    })
    await within(timeoutMs, 'lock() did not let in who had waited for it', async () => Promise.all(waiters))
  }
}

/** Takes the lock, runs `work` in it, and leaves it. */
export async function hold(
  subject: CheckedStore,
  timeoutMs: number,
  work: () => Promise<void>,
): Promise<void> {
  await within(timeoutMs, 'lock() of a free store did not end', async () => subject.lock(work))
}

/** load() and save() work inside the lock, and no update of many at once is lost. */
export async function checkLockedUpdates({ open, tokens, timeoutMs }: Check): Promise<void> {
  const subjects = [await open(), await open()]
  await subjects[0]?.save(tokens.numbered(0), 'a valid token set')
  const rule = 'load() and save() inside lock() did not end'
  await within(timeoutMs, rule, async (progress) => {
    let holders = 0
    const update = async (subject: CheckedStore): Promise<void> =>
      subject.lock(async () => {
        holders += 1
        const number = await subject.loadNumber('inside lock()')
        await subject.save(tokens.numbered(number + 1), 'inside lock()')
        if (holders > 1) throw new BrokenRule(TOGETHER)
        holders -= 1
        progress()
      })
    await Promise.all([...subjects, ...subjects, ...subjects].map(update))
  })
  const number = await subjects[0]?.loadNumber('after updates inside lock()')
  if (number !== 6) throw new BrokenRule(`of 6 updates inside lock() ${number} were kept`)
}

async function assertFree(subjects: readonly CheckedStore[], timeoutMs: number, rule: string): Promise<void> {
  for (const subject of subjects) {
    await within(timeoutMs, `${rule}: the next lock() did not end`, async () =>
      subject.lock(async () => undefined),
    )
  }
}
