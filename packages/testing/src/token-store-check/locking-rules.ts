import { setTimeout as delay } from 'node:timers/promises'
import { BrokenRule, within } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'

/** Long enough for a caller that does not wait to get in. */
export const HOLD_MS = 50
const TOGETHER = 'Two holders were inside lock() at once'

/** lock() runs its critical section once, returns its result, and is free afterwards, also on an empty store. */
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
  if (returned !== result) throw new BrokenRule('lock() did not return the result of its critical section')
  await assertFree([first, second], timeoutMs, 'lock() was not released after its critical section')
}

/** If a critical section rejects, lock() rejects with the same error and is free afterwards. */
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

/** While one caller holds the lock, another waits for it, through the same object or a second one. */
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
    await within(timeoutMs, 'lock() did not let the waiting caller in', async () => Promise.all(waiters))
  }
}

/** Runs `work` inside the lock. */
export async function hold(store: CheckedStore, timeoutMs: number, work: () => Promise<void>): Promise<void> {
  await within(timeoutMs, 'lock() of a free store did not end', async () => store.lock(work))
}

/** load() and save() work inside the lock, and of many updates at once none is lost. */
export async function checkLockedUpdates({ open, tokens, timeoutMs }: Check): Promise<void> {
  const stores = [await open(), await open()]
  await stores[0]?.save(tokens.numbered(0), 'a valid token set')
  const rule = 'load() and save() inside lock() did not end'
  await within(timeoutMs, rule, async (progress) => {
    let holders = 0
    const update = async (store: CheckedStore): Promise<void> =>
      store.lock(async () => {
        holders += 1
        const number = await store.loadNumber('inside lock()')
        await store.save(tokens.numbered(number + 1), 'inside lock()')
        if (holders > 1) throw new BrokenRule(TOGETHER)
        holders -= 1
        progress()
      })
    await Promise.all([...stores, ...stores, ...stores].map(update))
  })
  const number = await stores[0]?.loadNumber('after updates inside lock()')
  if (number !== 6) throw new BrokenRule(`only ${number} of 6 updates inside lock() were kept`)
}

async function assertFree(stores: readonly CheckedStore[], timeoutMs: number, rule: string): Promise<void> {
  for (const store of stores) {
    await within(timeoutMs, `${rule}: the next lock() did not end`, async () =>
      store.lock(async () => undefined),
    )
  }
}
