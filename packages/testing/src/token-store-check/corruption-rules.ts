import { randomBytes } from 'node:crypto'
import { TokenSet } from '@anthropic-auth/core'
import { BrokenRule } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'

/** The bytes in which a store keeps its tokens, such as a file or a value in a database. */
export interface TokenStorage {
  read(): Promise<Uint8Array>
  /** Replaces them with `bytes`, without the store. */
  write(bytes: Uint8Array): Promise<void>
}

interface Damage {
  /** Describes the damage, as the end of a sentence. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** load() of a damaged store rejects, without a token in the error. A save over the damage works completely or rejects. */
export async function checkDamage(check: Check, storage: TokenStorage): Promise<void> {
  const store = await check.open()
  const healthy = check.tokens.numbered(9000)
  await store.save(healthy, 'a valid token set')
  const bytes = Uint8Array.from(await storage.read())
  for (const damage of damagesOf(bytes)) {
    await storage.write(damage.bytes)
    for (const reader of [store, await check.open()]) {
      await checkDamagedLoad(reader, { check, damage, healthy })
    }
    await checkSaveOver(store, check, damage)
    await storage.write(bytes)
    if ((await store.loadNumber('after the damage was undone')) !== 9000) {
      throw new BrokenRule('load() returned a different set after the damage was undone')
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
    // A parser that quotes its input would quote a token here.
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
  // The damage may be harmless, such as a missing line break at the end.
  else if (!isWhole(result.value, healthy, check)) {
    const gave = result.value === null ? 'null' : 'a value'
    throw new BrokenRule(`load() returned ${gave} ${circumstance}, but it must reject`)
  }
}

/** A store may refuse to overwrite what it can't read, or start over. */
async function checkSaveOver(store: CheckedStore, check: Check, { name }: Damage): Promise<void> {
  const circumstance = `when the store was ${name}`
  const [result] = await Promise.allSettled([store.saveRaw(check.tokens.numbered(9001))])
  if (result.status === 'rejected') assertSilent('save()', result.reason, { check, circumstance })
  else if ((await store.loadNumber(`after a save() ${circumstance}`)) !== 9001) {
    throw new BrokenRule(`load() returned a different set after a save() ${circumstance}`)
  }
}

interface Refusal {
  readonly check: Check
  readonly circumstance: string
}

function assertSilent(operation: string, error: unknown, { check, circumstance }: Refusal): void {
  if (error instanceof BrokenRule) throw error
  if (check.tokens.areInError(error)) {
    throw new BrokenRule(`${operation} rejected with an error that contains a token ${circumstance}`)
  }
}

function isWhole(loaded: unknown, healthy: TokenSet, { tokens }: Check): boolean {
  try {
    return tokens.differences(healthy, TokenSet.fromJSON(loaded)).length === 0
  } catch {
    return false
  }
}
