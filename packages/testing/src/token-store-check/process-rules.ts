import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { BrokenRule, within } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'
import { hold, HOLD_MS } from './locking-rules.ts'
import { StoreProcess, type OpenRequest, type Stay } from './store-process.ts'

const COUNTERS = 4
const COUNTS = 8
const LOADS = 5
/** Loads and kills come at a random time within this, so that they meet every part of a save. */
const SPREAD_MS = 20
const OPENED_NUMBER = 1000
const TOGETHER = 'Two holders were inside lock() at once, in two processes'

/** The processes of one check, by role. */
interface Crew {
  readonly counters: readonly StoreProcess[]
  readonly waiter: StoreProcess
  readonly holder: StoreProcess
}

/** Several processes share the store: they see each other's sets, exclude each other, and survive each other's death. */
export async function checkSharing(check: Check, request: OpenRequest): Promise<void> {
  const store = await check.open()
  if (!store.hasLock) throw new BrokenRule('it has no lock(), which processes need to share a store')
  await store.save(check.tokens.numbered(OPENED_NUMBER), 'a valid token set')
  const counters = Array.from({ length: COUNTERS }, () => StoreProcess.start(request))
  const crew = { counters, waiter: StoreProcess.start(request), holder: StoreProcess.start(request) }
  try {
    await checkSeen(crew, check.timeoutMs)
    await checkWaiter(crew, store, check)
    await checkTurns(crew, store, check)
    await checkDeadHolder(crew, store, check)
    for (const saver of crew.counters) await checkKilledSaver(saver, store, check)
  } finally {
    await Promise.all(processesOf(crew).map(async (process) => process.kill()))
  }
}

function processesOf({ counters, waiter, holder }: Crew): readonly StoreProcess[] {
  return [...counters, waiter, holder]
}

async function checkSeen(crew: Crew, timeoutMs: number): Promise<void> {
  const numbers = await Promise.all(processesOf(crew).map(async (process) => process.opened(timeoutMs)))
  if (numbers.some((number) => number !== OPENED_NUMBER)) {
    throw new BrokenRule('load() in another process did not return what this process had saved')
  }
}

/** Another process waits for the lock that this process holds. If it is killed meanwhile, it leaves nothing behind. */
async function checkWaiter({ waiter }: Crew, store: CheckedStore, { timeoutMs }: Check): Promise<void> {
  await hold(store, timeoutMs, async () => {
    waiter.command({ kind: 'hold' })
    await within(timeoutMs, 'another process did not come to lock()', async () => waiter.next('locking'))
    const entered = waiter.next('held').then(() => true)
    // Rejects when the process is killed.
    entered.catch(() => undefined)
    if (await Promise.race([entered, delay(2 * HOLD_MS, false)])) throw new BrokenRule(TOGETHER)
    await waiter.kill()
  })
  await within(timeoutMs, 'lock() did not recover from a process that was killed while it waited', async () =>
    store.lock(async () => undefined),
  )
}

/** Several processes wait for the lock that this process holds, and then take turns. */
async function checkTurns({ counters }: Crew, store: CheckedStore, check: Check): Promise<void> {
  const before = await store.loadNumber('before updates by several processes')
  await hold(store, check.timeoutMs, async () => {
    // No save follows. The preparation must not get in the way of the other processes.
    if (store.canPrepare) await store.prepare('inside lock()')
    await queueUp(counters, check)
  })
  const stays = await followCounts(counters, check, 'lock() let no process in')
  await assertCounted(store, before, stays)
}

/** Several processes wait for a lock whose holder is killed. They recover it, and take turns. */
async function checkDeadHolder({ counters, holder }: Crew, store: CheckedStore, check: Check): Promise<void> {
  const before = await store.loadNumber('before updates by several processes')
  holder.command({ kind: 'hold' })
  await within(check.timeoutMs, 'lock() of a free store let no process in', async () => {
    await holder.next('locking')
    await holder.next('held')
  })
  await queueUp(counters, check)
  await holder.kill()
  const rule = 'the lock of a killed holder was not recovered'
  await assertCounted(store, before, await followCounts(counters, check, rule))
}

async function queueUp(counters: readonly StoreProcess[], { timeoutMs }: Check): Promise<void> {
  for (const counter of counters) counter.command({ kind: 'count', times: COUNTS })
  await within(timeoutMs, 'other processes did not come to lock()', async () =>
    Promise.all(counters.map(async (counter) => counter.next('locking'))),
  )
  await delay(HOLD_MS)
}

/** @param rule - the broken rule if no process gets in */
async function followCounts(
  counters: readonly StoreProcess[],
  { timeoutMs }: Check,
  rule: string,
): Promise<readonly Stay[]> {
  const stays: Stay[] = []
  await within(timeoutMs, rule, async (progress) => {
    const follow = async (counter: StoreProcess): Promise<void> => {
      for (let counted = 0; counted < COUNTS; counted += 1) {
        stays.push(await counter.next('counted'))
        progress()
      }
    }
    await Promise.all(counters.map(follow))
  })
  return stays
}

/** No update is lost, and no two processes were inside at once. */
async function assertCounted(store: CheckedStore, before: number, stays: readonly Stay[]): Promise<void> {
  const kept = (await store.loadNumber('after updates by several processes')) - before
  if (overlap(stays)) throw new BrokenRule(TOGETHER)
  if (kept === stays.length) return
  throw new BrokenRule(`only ${kept} of ${stays.length} updates inside lock() by several processes were kept`)
}

function overlap(stays: readonly Stay[]): boolean {
  const ordered = stays.toSorted((one, other) => one.enteredAt - other.enteredAt)
  return ordered.some(({ enteredAt }, index) => enteredAt < (ordered[index - 1]?.leftAt ?? 0))
}

/** If a process is killed during a save, the store holds the set from before or after the save. */
async function checkKilledSaver(
  saver: StoreProcess,
  store: CheckedStore,
  { tokens, timeoutMs }: Check,
): Promise<void> {
  const from = 1 + (await store.loadNumber('before saves by another process'))
  saver.command({ kind: 'save', from })
  await within(timeoutMs, 'save() in another process did not end', async () => saver.next('saved'))
  for (let loads = 0; loads < LOADS; loads += 1) {
    await loadSaved(saver, store, 'while another process saved')
    await delay(randomInt(SPREAD_MS))
  }
  await saver.kill()
  const number = await loadSaved(saver, store, 'after a process was killed in the middle of save()')
  await store.save(tokens.numbered(number + 1), 'after a process was killed in the middle of save()')
  const circumstance = 'after the save() that followed a killed one'
  if ((await store.loadNumber(circumstance)) !== number + 1) {
    throw new BrokenRule(`load() returned a different set ${circumstance}`)
  }
}

async function loadSaved(saver: StoreProcess, store: CheckedStore, circumstance: string): Promise<number> {
  const { lastSaved } = saver
  const number = await store.loadNumber(circumstance)
  if (number >= lastSaved) return number
  throw new BrokenRule(`load() returned an older set than the last saved one, ${circumstance}`)
}
