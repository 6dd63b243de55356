import type { TokenSetJson, TokenStore } from '@anthropic-auth/core'
import { generateState } from '@anthropic-auth/pkce'
import { checkDamage } from './token-store-check-damage.ts'
import type { TokenStorage } from './token-store-check-damage.ts'
import {
  checkLockedUpdates,
  checkLockOutcome,
  checkLockRejection,
  checkLockWaits,
} from './token-store-check-locking.ts'
import type { OpenRequest, TokenStoreModule } from './token-store-check-process.ts'
import {
  checkAtomicSave,
  checkConcurrentSaves,
  checkEmptyStore,
  checkLoadedIsOwn,
  checkRoundTrip,
} from './token-store-check-saving.ts'
import { checkSharing } from './token-store-check-sharing.ts'
import { Subject } from './token-store-check-subject.ts'
import type { Check } from './token-store-check-subject.ts'
import { CheckTokens, MEMBERS } from './token-store-check-tokens.ts'
import type { TokenRecipe } from './token-store-check-tokens.ts'

/** What a check needs to go further than one process and a healthy store. */
export interface TokenStoreCheckOptions {
  /** Opens the same store in other processes, which are started, and killed. Without it: one process alone. */
  readonly module?: TokenStoreModule | undefined
  /** The store's bytes, to be damaged and put back. Without it nothing is damaged. */
  readonly storage?: TokenStorage | undefined
  /**
   * What of a token set the store keeps, at least the two tokens; default all. For a format of others that has no place
   * for the rest.
   */
  readonly members?: readonly (keyof TokenSetJson)[] | undefined
  /** Characters of the longest token that the store takes, 256 to 8,192; default 8,192. */
  readonly maxTokenLength?: number | undefined
  /** How long the store may take for one thing, such as a save, or the recovery of a lock; default 30,000. */
  readonly timeoutMs?: number | undefined
}

/**
 * Proves that a store keeps the contract of `TokenStore`; bound to no test runner.
 *
 * In one process: the round trip of all that a token set can hold, whole replacement, atomic saves, and, where the store
 * has `lock()`, mutual exclusion and a release in any case. With `module` also between processes: mutual exclusion, the
 * lock of a dead holder recovered, no broken store when a process is killed while it saves. With `storage` also: garbage
 * and truncation reject on load, without a token in the error, and a save over them works wholly or rejects.
 *
 * The store must be empty, and a place of its own: the check refuses to overwrite tokens, and leaves its own behind.
 *
 * @param createStore - opens the same place each time, as a new object or the same one
 * @throws Error that names the first broken rule in a sentence, and holds no token
 * @throws TypeError when `createStore` gives no store, or `members` lacks a token
 * @throws RangeError when `maxTokenLength` or `timeoutMs` is out of range
 */
export async function checkTokenStore(
  createStore: () => TokenStore | Promise<TokenStore>,
  options: TokenStoreCheckOptions = {},
): Promise<void> {
  const { module, storage, members = MEMBERS, maxTokenLength = 8192, timeoutMs = 30_000 } = options
  assertMembers(members)
  assertLimits(maxTokenLength, timeoutMs)
  const recipe = { seed: generateState(), tokenLength: maxTokenLength, members }
  const check = startCheck(createStore, recipe, timeoutMs)
  await checkEmptyStore(check)
  const { hasLock } = await check.open()
  if (hasLock) await checkLockOutcome(check)
  await checkSaving(check)
  if (hasLock) await checkLocking(check)
  if (module !== undefined) await checkSharing(check, openRequest(module, recipe, timeoutMs))
  if (storage !== undefined) await checkDamage(check, storage)
}

async function checkSaving(check: Check): Promise<void> {
  await checkRoundTrip(check)
  await checkLoadedIsOwn(check)
  await checkConcurrentSaves(check)
  await checkAtomicSave(check)
}

async function checkLocking(check: Check): Promise<void> {
  await checkLockRejection(check)
  await checkLockWaits(check)
  await checkLockedUpdates(check)
}

function startCheck(
  createStore: () => TokenStore | Promise<TokenStore>,
  recipe: TokenRecipe,
  timeoutMs: number,
): Check {
  const context = { tokens: new CheckTokens(recipe), timeoutMs }
  const open = async (): Promise<Subject> => {
    const store = await createStore()
    assertStore(store)
    return new Subject(store, context)
  }
  return { ...context, open }
}

function openRequest(
  { url, exportName = 'createStore', args = [] }: TokenStoreModule,
  recipe: TokenRecipe,
  timeoutMs: number,
): OpenRequest {
  return { module: { url: String(url), exportName, args }, recipe, timeoutMs }
}

function assertStore(store: Partial<TokenStore> | null): asserts store is TokenStore {
  if (typeof store?.load !== 'function' || typeof store.save !== 'function') {
    throw new TypeError('createStore() must give a TokenStore, which has load() and save()')
  }
}

function assertMembers(members: readonly (keyof TokenSetJson)[]): void {
  const areKept = members.includes('accessToken') && members.includes('refreshToken')
  if (!areKept) throw new TypeError('members must name accessToken and refreshToken, which a store keeps')
}

function assertLimits(maxTokenLength: number, timeoutMs: number): void {
  // Shorter tokens would not hold what tells them apart; no token is longer.
  const isLength = Number.isInteger(maxTokenLength) && maxTokenLength >= 256 && maxTokenLength <= 8192
  if (!isLength) throw new RangeError('maxTokenLength must be an integer from 256 to 8192')
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0)
    throw new RangeError('timeoutMs must be a number above 0')
}
