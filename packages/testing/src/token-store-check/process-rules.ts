import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { BrokenRule, within } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'
import { hold, HOLD_MS } from './locking-rules.ts'
import { StoreProcess, type OpenRequest, type Stay } from './store-process.ts'

const COUNTERS = 4
const COUNTS = 8
const LOADS = 5
const OPENED_NUMBER = 1000
const TOGETHER = 'Two holders were inside lock() at once, in two processes'

/** The processes of one check, each for its part. */
interface Crew {
  readonly counters: readonly StoreProcess[]
  readonly waiter: StoreProcess
  readonly holder: StoreProcess
}

/** Several processes share the store: they see each other's sets, keep each other out, and survive each other's end. */
export async function checkSharing(check: Check, request: OpenRequest): Promise<void> {
  const subject = await check.open()
  if (!subject.hasLock) throw new BrokenRule('it has no lock(), which processes that share a store need')
  await subject.save(check.tokens.numbered(OPENED_NUMBER), 'a valid token set')
  const counters = Array.from({ length: COUNTERS }, () => StoreProcess.start(request))
  const crew = { counters, waiter: StoreProcess.start(request), holder: StoreProcess.start(request) }
  try {
    await checkSeen(crew, check.timeoutMs)
    await checkWaiter(crew, subject, check)
    await checkTurns(crew, subject, check)
    await checkDeadHolder(crew, subject, check)
    for (const saver of crew.counters) await checkKilledSaver(saver, subject, check)
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
    throw new BrokenRule('load() in another process did not give what this one had saved')
  }
}

/** Another process waits for the lock that this one holds, and leaves nothing behind when it is killed meanwhile. */
async function checkWaiter({ waiter }: Crew, subject: CheckedStore, { timeoutMs }: Check): Promise<void> {
  await hold(subject, timeoutMs, async () => {
    waiter.command({ kind: 'hold' })
    await within(timeoutMs, 'another process did not come to lock()', async () => waiter.next('locking'))
    const entered = waiter.next('held').then(() => true)
    // Ends when the process does.
    entered.catch(() => undefined)
    if (await Promise.race([entered, delay(2 * HOLD_MS, false)])) throw new BrokenRule(TOGETHER)
    await waiter.kill()
  })
  await within(timeoutMs, 'lock() did not recover from a process that was killed while it waited', async () =>
    subject.lock(async () => undefined),
  )
}

/** Several processes wait for the lock that this one holds, and then take turns. */
async function checkTurns({ counters }: Crew, subject: CheckedStore, check: Check): Promise<void> {
  const before = await subject.loadNumber('before updates by several processes')
  await hold(subject, check.timeoutMs, async () => {
    // No save follows. The preparation must not get in the way of the other processes.
    if (subject.canPrepare) await subject.prepare('inside lock()')
    await queueUp(counters, check)
  })
  const stays = await followCounts(counters, check, 'lock() let no process in')
  await assertCounted(subject, before, stays)
}

/** Several processes wait for the lock of one that is killed: it is recovered, by one at a time. */
async function checkDeadHolder(
  { counters, holder }: Crew,
  subject: CheckedStore,
  check: Check,
): Promise<void> {
  const before = await subject.loadNumber('before updates by several processes')
  holder.command({ kind: 'hold' })
  await within(check.timeoutMs, 'lock() of a free store let no process in', async () => {
    await holder.next('locking')
    await holder.next('held')
  })
  await queueUp(counters, check)
  await holder.kill()
  const rule = 'the lock of a holder that was killed was not recovered'
  await assertCounted(subject, before, await followCounts(counters, check, rule))
}

async function queueUp(counters: readonly StoreProcess[], { timeoutMs }: Check): Promise<void> {
  for (const counter of counters) counter.command({ kind: 'count', times: COUNTS })
  await within(timeoutMs, 'other processes did not come to lock()', async () =>
    Promise.all(counters.map(async (counter) => counter.next('locking'))),
  )
  await delay(HOLD_MS)
}

/** @param rule - what is broken when nobody gets in */
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

/** No update is lost, and nobody was inside with another. */
async function assertCounted(subject: CheckedStore, before: number, stays: readonly Stay[]): Promise<void> {
  const kept = (await subject.loadNumber('after updates by several processes')) - before
  if (overlap(stays)) throw new BrokenRule(TOGETHER)
  if (kept === stays.length) return
  throw new BrokenRule(`of ${stays.length} updates inside lock() by several processes ${kept} were kept`)
}

function overlap(stays: readonly Stay[]): boolean {
  const ordered = stays.toSorted((one, other) => one.enteredAt - other.enteredAt)
  return ordered.some(({ enteredAt }, index) => enteredAt < (ordered[index - 1]?.leftAt ?? 0))
}

/** A save leaves the set before or the set after, whenever its process ends. */
async function checkKilledSaver(
  saver: StoreProcess,
  subject: CheckedStore,
  { tokens, timeoutMs }: Check,
): Promise<void> {
  const from = 1 + (await subject.loadNumber('before saves by another process'))
  saver.command({ kind: 'save', from })
  await within(timeoutMs, 'save() in another process did not end', async () => saver.next('saved'))
  for (let loads = 0; loads < LOADS; loads += 1) {
    await loadSaved(saver, subject, 'while another process saved')
  }
  await delay(randomInt(20))
  await saver.kill()
  const number = await loadSaved(saver, subject, 'after a process was killed in the middle of save()')
  await subject.save(tokens.numbered(number + 1), 'after a process was killed in the middle of save()')
  const circumstance = 'after the save() that followed a killed one'
  if ((await subject.loadNumber(circumstance)) !== number + 1) {
    throw new BrokenRule(`load() gave another set ${circumstance}`)
  }
}

async function loadSaved(saver: StoreProcess, subject: CheckedStore, circumstance: string): Promise<number> {
  const { lastSaved } = saver
  const number = await subject.loadNumber(circumstance)
  if (number >= lastSaved) return number
  throw new BrokenRule(`load() gave an older set than the last that was saved, ${circumstance}`)
}
