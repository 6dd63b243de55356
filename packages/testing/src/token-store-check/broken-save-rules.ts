import type { Awaitable } from '@anthropic-auth/core'
import { BrokenRule } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'
import { runLocked } from './locked-section.ts'
import { expectNumber, prepareEverywhere } from './preparing-rules.ts'
import { StoreProcess, type OpenRequest } from './store-process.ts'

/** Makes saves fail until the function that it returns is called. */
export type BreakSaves = () => Awaitable<() => Awaitable<void>>

const WHILE_BROKEN = 'while saves were broken'
const AFTER_FAILURE = 'after a failed save()'
const AFTER_PREPARED = 'after prepareSave() and a save() while saves were broken'
const KEPT_NOTHING = `save() resolved ${WHILE_BROKEN}, but kept nothing`
const RESTORED = 'when saves worked again'

/**
 * Checks that prepareSave() rejects while saves are broken, so that no refresh token is sent, and that no set is
 * lost. Afterwards everything must work as before.
 *
 * @param request - opens the store in another process; `null` checks this process alone
 */
export async function checkBrokenSaves(
  check: Check,
  breakSaves: BreakSaves,
  request: OpenRequest | null,
): Promise<void> {
  const stores = [await check.open(), await check.open()] as const
  await stores[0].save(check.tokens.numbered(300), 'a valid token set')
  const kept = await whileBroken(breakSaves, async () => {
    await checkRefusals(stores, check, 300)
    const unsaved = await checkFailedSaves(stores, check, 300)
    await checkRefusals(stores, check, unsaved)
    if (request !== null) await checkOtherProcess(request, unsaved)
    return unsaved
  })
  await checkRestored(stores, check, kept)
  await checkPreparedSave(stores, check, breakSaves)
}

type Stores = readonly [CheckedStore, CheckedStore]

/** Makes saves work again in any case. An error of `work` takes precedence. */
async function whileBroken<T>(breakSaves: BreakSaves, work: () => Promise<T>): Promise<T> {
  const restore: unknown = await breakSaves()
  if (!isRestore(restore)) {
    throw new TypeError('breakSaves() must return a function that makes saves work again')
  }
  const [result] = await Promise.allSettled([work()])
  const [restored] = await Promise.allSettled([(async () => restore())()])
  if (result.status === 'rejected') throw result.reason
  if (restored.status === 'rejected') throw restored.reason
  return result.value
}

function isRestore(value: unknown): value is () => Awaitable<void> {
  return typeof value === 'function'
}

/** prepareSave() rejects, in the lock and outside it, and changes nothing. */
async function checkRefusals(stores: Stores, check: Check, kept: number): Promise<void> {
  for (const store of stores) {
    await assertRefused(async () => store.prepareRaw(), store, { check, kept })
    if (store.hasLock) {
      await assertRefused(async () => prepareLocked(store, check), store, { check, kept })
    }
    for (const reader of stores) await expectNumber(reader, kept, WHILE_BROKEN)
  }
}

/** A lock that can't be taken while saves are broken is fine too: nothing is sent without it. */
async function prepareLocked(store: CheckedStore, { timeoutMs }: Check): Promise<void> {
  await runLocked(
    async (critical) => store.lockRaw(critical),
    timeoutMs,
    async () => store.prepareRaw(),
  )
}

interface Refused {
  readonly check: Check
  readonly kept: number
}

async function assertRefused(
  prepare: () => Promise<void>,
  store: CheckedStore,
  { check, kept }: Refused,
): Promise<void> {
  const [result] = await Promise.allSettled([prepare()])
  if (result.status === 'rejected') return assertSilent('prepareSave()', result.reason, check)
  // A store that still saves in spite of breakSaves() proves nothing.
  if (await trySave(store, check, kept + 1)) throw await resolvedInSpite(store, kept + 1)
  throw new BrokenRule(`prepareSave() resolved ${WHILE_BROKEN}`)
}

/** Saves fail, and leave either the previous or the new set: never an older one, and never none. */
async function checkFailedSaves(stores: Stores, check: Check, before: number): Promise<number> {
  let kept = before
  for (const number of [310, 310, 311]) {
    for (const store of stores) {
      if (await trySave(store, check, number)) throw await resolvedInSpite(store, number)
      kept = await sameNumber(stores, [kept, number], AFTER_FAILURE)
    }
  }
  return kept
}

/** Whether the save worked. */
async function trySave(store: CheckedStore, check: Check, number: number): Promise<boolean> {
  const [result] = await Promise.allSettled([store.saveRaw(check.tokens.numbered(number))])
  if (result.status === 'fulfilled') return true
  assertSilent('save()', result.reason, check)
  return false
}

async function resolvedInSpite(store: CheckedStore, number: number): Promise<Error> {
  if ((await store.loadNumber(WHILE_BROKEN)) === number) {
    return new Error(
      'breakSaves() did not break anything: save() must reject until the function that breakSaves() returned is called',
    )
  }
  return new BrokenRule(KEPT_NOTHING)
}

/** @returns the number of the set that both objects load, which is one of `expected` */
async function sameNumber(
  [first, second]: Stores,
  expected: readonly number[],
  circumstance: string,
): Promise<number> {
  const number = await first.loadNumber(circumstance)
  if (!expected.includes(number)) {
    throw new BrokenRule(`load() returned neither the previous nor the new set ${circumstance}`)
  }
  if ((await second.loadNumber(`${circumstance}, in a second object`)) === number) return number
  throw new BrokenRule(`load() returned different sets in two objects ${circumstance}`)
}

/** The next process finds what a failed save has left behind. */
async function checkOtherProcess(request: OpenRequest, kept: number): Promise<void> {
  const process = StoreProcess.start(request)
  try {
    if ((await process.opened(request.timeoutMs)) !== kept) {
      throw new BrokenRule(`load() in another process returned a different set ${AFTER_FAILURE}`)
    }
  } finally {
    await process.kill()
  }
}

/** Breaks saves after prepareSave(), as can happen during a refresh: the prepared save works, or no set is lost. */
async function checkPreparedSave(stores: Stores, check: Check, breakSaves: BreakSaves): Promise<void> {
  const [first, second] = stores
  const save = async (): Promise<void> => {
    await first.prepare('on a healthy store')
    await whileBroken(breakSaves, async () => {
      let before = 321
      for (const number of [330, 330, 331]) {
        const isSaved = await trySave(first, check, number)
        const stored = await sameNumber(stores, [before, number], AFTER_PREPARED)
        if (isSaved && stored !== number) throw new BrokenRule(KEPT_NOTHING)
        before = stored
      }
    })
  }
  if (first.hasLock) await runLocked(async (critical) => first.lock(critical), check.timeoutMs, save)
  else await save()
  await second.save(check.tokens.numbered(340), RESTORED)
  for (const reader of stores) await expectNumber(reader, 340, `after a save() ${RESTORED}`)
}

async function checkRestored([first, second]: Stores, check: Check, kept: number): Promise<void> {
  for (const store of [first, second]) await expectNumber(store, kept, RESTORED)
  for (const store of [first, second]) {
    await prepareEverywhere(store, check, RESTORED)
    await expectNumber(store, kept, `after prepareSave() ${RESTORED}`)
  }
  for (const [index, store] of [first, second].entries()) {
    await store.save(check.tokens.numbered(320 + index), RESTORED)
    for (const reader of [first, second]) {
      await expectNumber(reader, 320 + index, `after a save() ${RESTORED}`)
    }
  }
}

function assertSilent(operation: string, error: unknown, { tokens }: Check): void {
  if (error instanceof BrokenRule) throw error
  if (tokens.areInError(error)) {
    throw new BrokenRule(`${operation} rejected with an error that contains a token ${WHILE_BROKEN}`)
  }
}
