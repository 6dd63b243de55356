import { setImmediate as turn } from 'node:timers/promises'
import type { TokenSet } from '@anthropic-auth/core'
import { BrokenRule } from './broken-rule.ts'
import { emptyTokens, minimalTokens } from './check-tokens.ts'
import type { Check, CheckedStore } from './checked-store.ts'
import { runLocked } from './locked-section.ts'
import { assertSame } from './saving-rules.ts'

/** How often prepareSave() is called while others load. */
const PREPARATIONS = 8
const UNUSED = 'after prepareSave() without a save()'

/** prepareSave() works before the first save, and leaves the store empty. */
export async function checkPreparingEmptyStore(check: Check): Promise<void> {
  const stores = [await check.open(), await check.open()]
  for (const store of stores) {
    await prepareEverywhere(store, check, 'on an empty store')
    for (const reader of stores) await assertEmpty(reader, check)
  }
}

/** prepareSave() works whenever the store does, and changes neither what is stored nor what comes next. */
export async function checkPreparing(check: Check): Promise<void> {
  await checkPreparedRoundTrip(check)
  await checkPreparingKeeps(check)
  await checkPreparingUnseen(check)
  await checkUnusedPreparation(check)
}

/** Prepares twice outside the lock, and twice inside it if the store has one. */
export async function prepareEverywhere(
  store: CheckedStore,
  { timeoutMs }: Check,
  circumstance: string,
): Promise<void> {
  const prepareTwice = async (where: string): Promise<void> => {
    await store.prepare(`${circumstance}${where}`)
    await store.prepare(`${circumstance}${where} when called again`)
  }
  await prepareTwice('')
  if (!store.hasLock) return
  await runLocked(
    async (critical) => store.lock(critical),
    timeoutMs,
    async () => prepareTwice(' inside lock()'),
  )
}

async function assertEmpty(store: CheckedStore, { tokens }: Check): Promise<void> {
  const circumstance = 'after prepareSave() on an empty store'
  const [result] = await Promise.allSettled([store.loadRaw()])
  if (result.status === 'rejected') {
    if (result.reason instanceof BrokenRule) throw result.reason
    throw new BrokenRule(`load() rejected ${circumstance}: ${tokens.describe(result.reason)}`)
  }
  if (result.value !== null) throw new BrokenRule(`load() returned a value instead of null ${circumstance}`)
}

async function checkPreparingKeeps(check: Check): Promise<void> {
  const stores = [await check.open(), await check.open()]
  await stores[0]?.save(check.tokens.numbered(200), 'a valid token set')
  for (const store of stores) {
    await prepareEverywhere(store, check, 'on a healthy store')
    for (const reader of stores) await expectNumber(reader, 200, UNUSED)
  }
}

/** load() during a prepareSave() gives the stored set. */
async function checkPreparingUnseen({ open, tokens }: Check): Promise<void> {
  const [preparer, reader] = [await open(), await open()]
  await preparer.save(tokens.numbered(201), UNUSED)
  await expectNumber(reader, 201, `${UNUSED}, and a later save()`)
  const preparing = { isOver: false }
  const prepare = async (): Promise<void> => {
    try {
      for (let count = 0; count < PREPARATIONS; count += 1) {
        await preparer.prepare('while others called load()')
        await turn()
      }
    } finally {
      preparing.isOver = true
    }
  }
  const read = async (store: CheckedStore): Promise<void> => {
    while (!preparing.isOver) {
      await expectNumber(store, 201, 'while a prepareSave() was under way')
      // Without this, a store in memory would never let anything else run.
      await turn()
    }
  }
  await Promise.all([prepare(), read(reader), read(preparer)])
}

/** A set that is saved after prepareSave() can be loaded, whether it is longer or shorter than the previous one. */
async function checkPreparedRoundTrip(check: Check): Promise<void> {
  const [first, second] = [await check.open(), await check.open()]
  let previous: TokenSet = check.tokens.numbered(202)
  await first.save(previous, 'a valid token set')
  for (const saved of [minimalTokens, check.tokens.numbered(203), emptyTokens, check.tokens.numbered(204)]) {
    await first.prepare('on a healthy store')
    await first.save(saved, 'after prepareSave()')
    const expected = { check, saved, previous, circumstance: ' after prepareSave()' }
    assertSame(await first.load('after prepareSave() and save()'), expected)
    assertSame(await second.load('after prepareSave() and save() by another object'), expected)
    previous = saved
  }
}

/** After a prepareSave() without a save(), everything still works, for this object and for another. */
async function checkUnusedPreparation(check: Check): Promise<void> {
  const [first, second] = [await check.open(), await check.open()]
  await first.save(check.tokens.numbered(205), UNUSED)
  await first.prepare('on a healthy store')
  await saveUnprepared(second, check, 206)
  await expectNumber(first, 206, `${UNUSED}, and a save() by another object`)
  await saveUnprepared(first, check, 207)
  await expectNumber(second, 207, `${UNUSED}, and a later save()`)
  for (const store of [first, second]) await store.prepare('on a healthy store')
  await second.save(check.tokens.numbered(208), 'when another object had called prepareSave() too')
  await first.save(check.tokens.numbered(209), 'when another object had saved since prepareSave()')
  for (const store of [first, second]) {
    await expectNumber(store, 209, 'when two objects had called prepareSave() and save()')
  }
}

async function saveUnprepared(store: CheckedStore, check: Check, number: number): Promise<void> {
  const save = async (): Promise<void> => {
    await expectNumber(store, number - 1, UNUSED)
    await store.save(check.tokens.numbered(number), UNUSED)
  }
  if (!store.hasLock) return save()
  await runLocked(async (critical) => store.lock(critical), check.timeoutMs, save)
}

/** @throws BrokenRule when the store does not hold the set with `number` */
export async function expectNumber(store: CheckedStore, number: number, circumstance: string): Promise<void> {
  if ((await store.loadNumber(circumstance)) !== number) {
    throw new BrokenRule(`load() did not return the last saved set ${circumstance}`)
  }
}
