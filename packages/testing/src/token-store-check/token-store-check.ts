import type { Awaitable, TokenSetJson, TokenStore } from '@anthropic-auth/core'
import { generateState } from '@anthropic-auth/pkce'
import { BrokenRule } from './broken-rule.ts'
import { CheckTokens, MEMBERS, type TokenRecipe } from './check-tokens.ts'
import { CheckedStore, type Check } from './checked-store.ts'
import { checkEnding } from './ending-rules.ts'
import type { TokenStorage } from './corruption-rules.ts'
import { checkLockedUpdates, checkLockOutcome, checkLockRejection, checkLockWaits } from './locking-rules.ts'
import { checkPreparing, checkPreparingEmptyStore } from './preparing-rules.ts'
import {
  checkAtomicSave,
  checkConcurrentSaves,
  checkEmptyStore,
  checkLoadedIsOwn,
  checkRoundTrip,
} from './saving-rules.ts'
import type { OpenRequest, TokenStoreModule } from './store-process.ts'

/** Options of `checkTokenStore()`. */
export interface TokenStoreCheckOptions {
  /**
   * Opens the same store in other processes, which the check starts and kills.
   *
   * @default one process alone
   */
  readonly module?: TokenStoreModule | undefined
  /**
   * Reads and writes the bytes of the store, so that the check can damage them and put them back.
   *
   * @default nothing is damaged
   */
  readonly storage?: TokenStorage | undefined
  /**
   * Makes every `save()` fail until the function that it returns is called, for example by making the folder
   * read-only. The check proves that `prepareSave()` rejects meanwhile, and that no tokens are lost. It is called
   * twice.
   *
   * @default saves are not made to fail
   */
  readonly breakSaves?: (() => Awaitable<() => Awaitable<void>>) | undefined
  /**
   * The members of a token set that the store keeps, at least the two tokens. Use it for another program's format
   * that has no place for the rest.
   *
   * @default all members
   */
  readonly members?: readonly (keyof TokenSetJson)[] | undefined
  /**
   * The length of the longest token that the store accepts, in characters, 256 to 8,192.
   *
   * @default 8192
   */
  readonly maxTokenLength?: number | undefined
  /**
   * How long the store may take for one step, such as a save or the recovery of a lock, in milliseconds.
   *
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined
}

/**
 * Proves that a store keeps the contract of `TokenStore`. It works in every test runner.
 *
 * In one process, it checks that everything in a token set can be saved and loaded, that a save replaces the whole
 * set, and that saves are atomic. If the store has them, `lock()` must exclude other callers and always be released,
 * `prepareSave()` must work on a healthy store and change nothing, and `markEnded()` and `hasEnded()` must agree and lose
 * no tokens. The options add more:
 *
 * - `module`: `lock()` excludes other processes too, the lock of a dead process is recovered, and killing a process
 *   during a save does not break the store
 * - `breakSaves`: `prepareSave()` rejects while saves are broken, and a failed save loses no tokens
 * - `storage`: garbage and truncated bytes make `load()` reject, without a token in the error, and a save over them
 *   either works completely or rejects
 *
 * The store must be empty and used by nothing else: the check refuses to overwrite tokens, and leaves its own behind.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import type { TokenStore } from '@anthropic-auth/core'
 * import { checkTokenStore } from '@anthropic-auth/testing/token-store'
 *
 * declare function createStore(): TokenStore // yours, exported by ./my-store.js
 *
 * test('my store keeps the contract', () =>
 *   checkTokenStore(createStore, { module: { url: new URL('./my-store.js', import.meta.url) } }))
 * ```
 *
 * @param createStore - opens the same place each time, as a new object or the same one
 * @throws Error whose message names the first broken rule, and contains no token
 * @throws TypeError when `createStore` does not return a store, `members` lacks a token, or `breakSaves` is not a
 *   function or does not return one
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
  const { hasLock, canPrepare, canEnd } = await check.open()
  if (breakSaves !== undefined && !canPrepare) {
    throw new BrokenRule('it has no prepareSave(), which must reject while breakSaves() makes saves fail')
  }
  if (hasLock) await checkLockOutcome(check)
  if (canPrepare) await checkPreparingEmptyStore(check)
  await checkSaving(check)
  if (hasLock) await checkLocking(check)
  if (canPrepare) await checkPreparing(check)
  if (canEnd) await checkEnding(check)
  const request = module === undefined ? null : openRequest(module, recipe, timeoutMs)
  // Loaded when needed, so that those who import the emulator alone don't load what starts processes.
  if (request !== null) await (await import('./process-rules.ts')).checkSharing(check, request)
  if (breakSaves !== undefined) {
    await (await import('./broken-save-rules.ts')).checkBrokenSaves(check, breakSaves, request)
  }
  if (storage !== undefined) await (await import('./corruption-rules.ts')).checkDamage(check, storage)
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
  const open = async (): Promise<CheckedStore> => {
    const store = await createStore()
    assertStore(store)
    return new CheckedStore(store, context)
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
    throw new TypeError('createStore() must return a TokenStore, an object with load() and save()')
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
  if (!areKept) {
    throw new TypeError('members must include accessToken and refreshToken: every store keeps them')
  }
}

function assertLimits(maxTokenLength: number, timeoutMs: number): void {
  // In a shorter token there is no room for what tells the tokens apart. No token is longer than 8,192.
  const isLength = Number.isInteger(maxTokenLength) && maxTokenLength >= 256 && maxTokenLength <= 8192
  if (!isLength) throw new RangeError('maxTokenLength must be an integer from 256 to 8192')
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
    throw new RangeError('timeoutMs must be a number above 0')
  }
}
