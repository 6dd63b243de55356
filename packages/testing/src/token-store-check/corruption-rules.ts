import { randomBytes } from 'node:crypto'
import { TokenSet } from '@anthropic-auth/core'
import { BrokenRule } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'

/** The bytes in which a store keeps its tokens: a file, a value in a database. */
export interface TokenStorage {
  read(): Promise<Uint8Array>
  /** Puts `bytes` in their place, past the store. */
  write(bytes: Uint8Array): Promise<void>
}

interface Damage {
  /** What was done to the store, as the end of a sentence. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** What can't be read rejects, without a word of a token; a save afterwards works wholly or rejects. */
export async function checkDamage(check: Check, storage: TokenStorage): Promise<void> {
  const subject = await check.open()
  const healthy = check.tokens.numbered(9000)
  await subject.save(healthy, 'a valid token set')
  const bytes = Uint8Array.from(await storage.read())
  for (const damage of damagesOf(bytes)) {
    await storage.write(damage.bytes)
    for (const reader of [subject, await check.open()]) {
      await checkDamagedLoad(reader, { check, damage, healthy })
    }
    await checkSaveOver(subject, check, damage)
    await storage.write(bytes)
    if ((await subject.loadNumber('after the damage was undone')) !== 9000) {
      throw new BrokenRule('load() gave another set after the damage was undone')
    }
  }
}

function damagesOf(bytes: Uint8Array): readonly Damage[] {
  const cut = (length: number): Damage => ({ name: `cut to ${length} bytes`, bytes: bytes.slice(0, length) })
  const replaced = (text: string): Damage => ({
    name: `replaced by ${text}`,
    bytes: new TextEncoder().encode(text),
  })
  const quarter = Math.floor(bytes.length / 4)
  return [
    ...[...new Set([0, 1, quarter, 3 * quarter, bytes.length - 1])].map(cut),
    // A parser that quotes what it stumbles over quotes a token.
    { name: 'left without its first quarter', bytes: bytes.slice(quarter) },
    { name: 'replaced by random bytes', bytes: Uint8Array.from(randomBytes(bytes.length)) },
    ...['null', '{}', '[]', '""', '{"accessToken":null}'].map(replaced),
  ]
}

interface DamagedLoad {
  readonly check: Check
  readonly damage: Damage
  readonly healthy: TokenSet
}

async function checkDamagedLoad(
  reader: CheckedStore,
  { check, damage, healthy }: DamagedLoad,
): Promise<void> {
  const circumstance = `when the store was ${damage.name}`
  const [result] = await Promise.allSettled([reader.loadRaw()])
  if (result.status === 'rejected') assertSilent('load()', result.reason, { check, circumstance })
  // A last line break, say, may be gone without harm.
  else if (!isWhole(result.value, healthy, check)) {
    const gave = result.value === null ? 'null' : 'something'
    throw new BrokenRule(`load() gave ${gave} ${circumstance}, where it must reject`)
  }
}

/** A store may refuse to overwrite what it can't read, or start anew. */
async function checkSaveOver(subject: CheckedStore, check: Check, { name }: Damage): Promise<void> {
  const circumstance = `when the store was ${name}`
  const [result] = await Promise.allSettled([subject.saveRaw(check.tokens.numbered(9001))])
  if (result.status === 'rejected') assertSilent('save()', result.reason, { check, circumstance })
  else if ((await subject.loadNumber(`after a save() ${circumstance}`)) !== 9001) {
    throw new BrokenRule(`load() gave another set after a save() ${circumstance}`)
  }
}

interface Refusal {
  readonly check: Check
  readonly circumstance: string
}

function assertSilent(operation: string, error: unknown, { check, circumstance }: Refusal): void {
  if (error instanceof BrokenRule) throw error
  if (check.tokens.areInError(error)) {
    throw new BrokenRule(`${operation} rejected with an error that holds a token ${circumstance}`)
  }
}

function isWhole(loaded: unknown, healthy: TokenSet, { tokens }: Check): boolean {
  try {
    return tokens.differences(healthy, TokenSet.fromJSON(loaded)).length === 0
  } catch {
    return false
  }
}
