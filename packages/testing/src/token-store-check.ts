import type { Awaitable, TokenSetJson, TokenStore } from '@anthropic-auth/core'
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
import { BrokenRule } from './token-store-check-rule.ts'
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
import { checkBrokenSaves } from './token-store-check/broken-save-rules.ts'
import { checkPreparing, checkPreparingEmptyStore } from './token-store-check/preparing-rules.ts'

/** What a check needs to go further than one process and a healthy store. */
export interface TokenStoreCheckOptions {
  /** Opens the same store in other processes, which are started, and killed. Without it: one process alone. */
  readonly module?: TokenStoreModule | undefined
  /** The store's bytes, to be damaged and put back. Without it nothing is damaged. */
  readonly storage?: TokenStorage | undefined
  /**
   * Makes every `save()` fail, such as by making the folder read-only, until the function that it returns is called. The
   * check then proves that `prepareSave()` rejects meanwhile, and that no tokens are lost. It is called twice. Without
   * it, saves always work.
   */
  readonly breakSaves?: (() => Awaitable<() => Awaitable<void>>) | undefined
  /**
   * The members of a token set that the store keeps, at least the two tokens. For a format of others that has no place
   * for the rest.
   *
   * @default all members
   */
  readonly members?: readonly (keyof TokenSetJson)[] | undefined
  /**
   * Characters of the longest token that the store takes, 256 to 8,192.
   *
   * @default 8192
   */
  readonly maxTokenLength?: number | undefined
  /**
   * How long the store may take for one thing, such as a save, or the recovery of a lock.
   *
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined
}

/**
 * Proves that a store keeps the contract of `TokenStore`; bound to no test runner.
 *
 * In one process: the round trip of all that a token set can hold, whole replacement, atomic saves, and, where the store
 * has `lock()`, mutual exclusion and a release in any case. Where it has `prepareSave()`: it works on a healthy store, and
 * changes nothing. With `module` also between processes: mutual exclusion, the lock of a dead holder recovered, no broken
 * store when a process is killed while it saves. With `breakSaves` also: `prepareSave()` rejects while saves are broken,
 * and a save that fails loses no tokens. With `storage` also: garbage and truncation reject on load, without a token in
 * the error, and a save over them works wholly or rejects.
 *
 * The store must be empty, and a place of its own: the check refuses to overwrite tokens, and leaves its own behind.
 *
 * @param createStore - opens the same place each time, as a new object or the same one
 * @throws Error that names the first broken rule in a sentence, and holds no token
 * @throws TypeError when `createStore` gives no store, `members` lacks a token, or `breakSaves` is not a function or
 *   returns none
 * @throws RangeError when `maxTokenLength` or `timeoutMs` is out of range
 */
export async function checkTokenStore(
  createStore: () => Awaitable<TokenStore>,
  options: TokenStoreCheckOptions = {},
): Promise<void> {
  const {
    module,
    storage,
    breakSaves,
    members = MEMBERS,
    maxTokenLength = 8192,
    timeoutMs = 30_000,
  } = options
  assertMembers(members)
  assertBreakSaves(breakSaves)
  assertLimits(maxTokenLength, timeoutMs)
  const recipe = { seed: generateState(), tokenLength: maxTokenLength, members }
  const check = startCheck(createStore, recipe, timeoutMs)
  await checkEmptyStore(check)
  const { hasLock, canPrepare } = await check.open()
  if (breakSaves !== undefined && !canPrepare) {
    throw new BrokenRule('it has no prepareSave(), which must reject while breakSaves() makes saves fail')
  }
  if (hasLock) await checkLockOutcome(check)
  if (canPrepare) await checkPreparingEmptyStore(check)
  await checkSaving(check)
  if (hasLock) await checkLocking(check)
  if (canPrepare) await checkPreparing(check)
  const request = module === undefined ? null : openRequest(module, recipe, timeoutMs)
  if (request !== null) await checkSharing(check, request)
  if (breakSaves !== undefined) await checkBrokenSaves(check, breakSaves, request)
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

function startCheck(createStore: () => Awaitable<TokenStore>, recipe: TokenRecipe, timeoutMs: number): Check {
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
  for (const name of ['lock', 'prepareSave'] as const) {
    const isMethod = store[name] === undefined || typeof store[name] === 'function'
    if (!isMethod) throw new TypeError(`${name} of a TokenStore must be a function, or absent`)
  }
}

function assertBreakSaves(breakSaves: unknown): void {
  if (breakSaves !== undefined && typeof breakSaves !== 'function') {
    throw new TypeError('breakSaves must be a function')
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
