import { setImmediate as turn } from 'node:timers/promises'
import type { TokenSet } from '@anthropic-auth/core'
import { BrokenRule } from './broken-rule.ts'
import { emptyTokens, minimalTokens } from './check-tokens.ts'
import type { Check, CheckedStore } from './checked-store.ts'

const READERS = 3
const MIN_SAVES = 8
const MAX_SAVES = 40
/** A slow store is saved to less often. */
const ENOUGH_MS = 2000

/** Refuses a store that holds anything, before anything of it is lost. */
export async function checkEmptyStore({ open, tokens }: Check): Promise<void> {
  const subject = await open()
  const loaded = await subject.loadRaw().catch((error: unknown) => {
    if (error instanceof BrokenRule) throw error
    throw new BrokenRule(`load() rejected before the first save(): ${tokens.describe(error)}`)
  })
  if (loaded === undefined) throw new BrokenRule('load() of an empty store gave undefined in place of null')
  if (loaded !== null) {
    throw new Error(
      'The token store is not empty, and checkTokenStore() would overwrite what it holds: give it a place of its own',
    )
  }
}

/** What was saved is loaded: all of it, at once, by every object, and nothing of what was there before. */
export async function checkRoundTrip(check: Check): Promise<void> {
  const [first, second] = [await check.open(), await check.open()]
  let previous: TokenSet | null = null
  for (const saved of [check.tokens.numbered(1), minimalTokens, check.tokens.numbered(2), emptyTokens]) {
    await first.save(saved, 'a valid token set')
    assertSame(await first.load('after a save()'), { check, saved, previous })
    const circumstance = 'in a second object of createStore(), which must be of the same place'
    assertSame(await second.load(circumstance), { check, saved, previous, circumstance: ` ${circumstance}` })
    previous = saved
  }
}

interface Expected {
  readonly check: Check
  readonly saved: TokenSet
  readonly previous: TokenSet | null
  readonly circumstance?: string
}

/** @throws BrokenRule that says how `loaded` differs from the saved set */
export function assertSame(loaded: TokenSet, { check, saved, previous, circumstance = '' }: Expected): void {
  const wrong = check.tokens.differences(saved, loaded)
  if (wrong.length === 0) return
  const old = previous === null ? wrong : check.tokens.differences(previous, loaded)
  if (old.length === 0) throw new BrokenRule(`load() gave the set before the last one${circumstance}`)
  if (previous !== null && !wrong.some((key) => old.includes(key))) {
    throw new BrokenRule(`save() kept ${wrong.join(', ')} of the set before${circumstance}`)
  }
  throw new BrokenRule(`load() gave another ${wrong.join(', ')} than was saved${circumstance}`)
}

/** Who changes what load() gave changes nothing that is stored. */
export async function checkLoadedIsOwn({ open, tokens }: Check): Promise<void> {
  const subject = await open()
  await subject.save(tokens.numbered(3), 'a valid token set')
  const loaded = await subject.loadRaw()
  change(loaded)
  const [number] = await Promise.allSettled([subject.loadNumber('after that')])
  if (number.status === 'rejected' || number.value !== 3) {
    throw new BrokenRule('what load() gives is the stored set itself: a change to it changed the store')
  }
}

/** Parts first. What is frozen refuses it, which is as good. */
function change(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, part] of Object.entries(value)) {
    change(part)
    Reflect.set(value, key, 'changed')
  }
}

/** Saves at the same time end with one of the sets, whole. */
export async function checkConcurrentSaves({ open, tokens }: Check): Promise<void> {
  const subjects = [await open(), await open()]
  const numbers = Array.from({ length: 8 }, (_, index) => 10 + index)
  const saves = numbers.map(async (number) =>
    subjects[number % 2]?.save(tokens.numbered(number), 'while another save() was under way'),
  )
  await Promise.all(saves)
  for (const subject of subjects) {
    const circumstance = 'after several save() at the same time'
    if (!numbers.includes(await subject.loadNumber(circumstance))) {
      throw new BrokenRule(`load() gave none of their sets ${circumstance}`)
    }
  }
}

/** Whoever loads during a save gets the set before or the set after. */
export async function checkAtomicSave(check: Check): Promise<void> {
  const saving = new Saving()
  const subjects = [await check.open(), await check.open()] as const
  await subjects[0].save(check.tokens.numbered(saving.begun), 'a valid token set')
  const readers = Array.from({ length: READERS }, async (_, index) =>
    read(subjects[index % 2 === 0 ? 1 : 0], saving),
  )
  try {
    await Promise.all([save(subjects[0], check, saving), ...readers])
  } finally {
    saving.isOver = true
  }
}

/** Which sets a reader may see: that of the last save that ended, to that of the last that began. */
class Saving {
  ended = 100
  begun = 100
  isOver = false
}

async function save(subject: CheckedStore, { tokens }: Check, saving: Saving): Promise<void> {
  const startedAt = Date.now()
  for (let saves = 0; saves < MAX_SAVES && !saving.isOver; saves += 1) {
    if (saves >= MIN_SAVES && Date.now() - startedAt > ENOUGH_MS) break
    saving.begun += 1
    await subject.save(tokens.numbered(saving.begun), 'while others called load()')
    saving.ended = saving.begun
    await turn()
  }
  saving.isOver = true
}

async function read(subject: CheckedStore, saving: Saving): Promise<void> {
  while (!saving.isOver) {
    const oldest = saving.ended
    const number = await subject.loadNumber('while a save() was under way')
    if (number < oldest || number > saving.begun) {
      throw new BrokenRule('load() gave an older set than the last that was saved')
    }
    // A store in memory would never let anything else run.
    await turn()
  }
}
