import { setImmediate as turn } from 'node:timers/promises'
import type { TokenSet } from '@anthropic-auth/core'
import { BrokenRule } from './broken-rule.ts'
import { emptyTokens, minimalTokens } from './check-tokens.ts'
import type { Check, CheckedStore } from './checked-store.ts'

const READERS = 3
const MIN_SAVES = 8
const MAX_SAVES = 40
/** After this time, a slow store gets no more saves than the minimum. */
const ENOUGH_MS = 2000

/** Refuses a store that is not empty, before anything in it is lost. */
export async function checkEmptyStore({ open, tokens }: Check): Promise<void> {
  const store = await open()
  const loaded = await store.loadRaw().catch((error: unknown) => {
    if (error instanceof BrokenRule) throw error
    throw new BrokenRule(`load() rejected before the first save(): ${tokens.describe(error)}`)
  })
  if (loaded === undefined) {
    throw new BrokenRule('load() of an empty store returned undefined instead of null')
  }
  if (loaded !== null) {
    throw new Error(
      'The token store is not empty, and checkTokenStore() would overwrite its tokens. Give the check an empty store',
    )
  }
}

/** After a save, every object loads the whole set at once, and nothing of the previous set. */
export async function checkRoundTrip(check: Check): Promise<void> {
  const [first, second] = [await check.open(), await check.open()]
  let previous: TokenSet | null = null
  for (const saved of [check.tokens.numbered(1), minimalTokens, check.tokens.numbered(2), emptyTokens]) {
    await first.save(saved, 'a valid token set')
    assertSame(await first.load('after a save()'), { check, saved, previous })
    const circumstance = 'in a second object of createStore(), which must open the same place'
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
  if (old.length === 0) throw new BrokenRule(`load() returned the set before the last one${circumstance}`)
  if (previous !== null && !wrong.some((key) => old.includes(key))) {
    throw new BrokenRule(`save() kept ${wrong.join(', ')} of the previous set${circumstance}`)
  }
  throw new BrokenRule(`load() returned a different ${wrong.join(', ')} than was saved${circumstance}`)
}

/** A caller that changes the loaded set does not change the stored one. */
export async function checkLoadedIsOwn({ open, tokens }: Check): Promise<void> {
  const store = await open()
  await store.save(tokens.numbered(3), 'a valid token set')
  const loaded = await store.loadRaw()
  change(loaded)
  const [number] = await Promise.allSettled([store.loadNumber('after that')])
  if (number.status === 'rejected' || number.value !== 3) {
    throw new BrokenRule('load() returns the stored set itself: changing it changed the store')
  }
}

/** Changes the parts first. A frozen object refuses the change, which is fine too. */
function change(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, part] of Object.entries(value)) {
    change(part)
    Reflect.set(value, key, 'changed')
  }
}

/** After several saves at the same time, the store holds one of the sets completely. */
export async function checkConcurrentSaves({ open, tokens }: Check): Promise<void> {
  const stores = [await open(), await open()]
  const numbers = Array.from({ length: 8 }, (_, index) => 10 + index)
  const saves = numbers.map(async (number) =>
    stores[number % 2]?.save(tokens.numbered(number), 'while another save() was under way'),
  )
  await Promise.all(saves)
  for (const store of stores) {
    const circumstance = 'after several save() at the same time'
    if (!numbers.includes(await store.loadNumber(circumstance))) {
      throw new BrokenRule(`load() returned none of their sets ${circumstance}`)
    }
  }
}

/** A load during a save returns the set from before or after the save. */
export async function checkAtomicSave(check: Check): Promise<void> {
  const saving = new Saving()
  const stores = [await check.open(), await check.open()] as const
  await stores[0].save(check.tokens.numbered(saving.begun), 'a valid token set')
  const readers = Array.from({ length: READERS }, async (_, index) =>
    read(stores[index % 2 === 0 ? 1 : 0], saving),
  )
  try {
    await Promise.all([save(stores[0], check, saving), ...readers])
  } finally {
    saving.isOver = true
  }
}

/** The range of sets that a reader may see: from the last finished save to the last one that began. */
class Saving {
  ended = 100
  begun = 100
  isOver = false
}

async function save(store: CheckedStore, { tokens }: Check, saving: Saving): Promise<void> {
  const startedAt = Date.now()
  for (let saves = 0; saves < MAX_SAVES && !saving.isOver; saves += 1) {
    if (saves >= MIN_SAVES && Date.now() - startedAt > ENOUGH_MS) break
    saving.begun += 1
    await store.save(tokens.numbered(saving.begun), 'while others called load()')
    saving.ended = saving.begun
    await turn()
  }
  saving.isOver = true
}

async function read(store: CheckedStore, saving: Saving): Promise<void> {
  while (!saving.isOver) {
    const oldest = saving.ended
    const number = await store.loadNumber('while a save() was under way')
    if (number < oldest || number > saving.begun) {
      throw new BrokenRule('load() returned an older set than the last saved one')
    }
    // Without this, a store in memory would never let anything else run.
    await turn()
  }
}
