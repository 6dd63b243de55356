import type { TokenSet } from '@anthropic-auth/core'
import { BrokenRule } from './broken-rule.ts'
import type { Check, CheckedStore } from './checked-store.ts'
import { runLocked } from './locked-section.ts'

/** markEnded() is about one refresh token: it changes no tokens, and says nothing about those that are saved later. */
export async function checkEnding(check: Check): Promise<void> {
  const stores = [await check.open(), await check.open()] as const
  const [first, second] = stores
  const [ended, next] = [check.tokens.numbered(300), check.tokens.numbered(301)]
  await first.save(ended, 'a valid token set')
  await expectEnded(stores, ended, { expected: false, circumstance: 'before markEnded()' })
  await markEnded(first, ended, check)
  await expectEnded(stores, ended, { expected: true, circumstance: 'after markEnded()' })
  await expectTokens(stores, ended, { check, circumstance: 'after markEnded()' })
  await second.save(next, 'after markEnded()')
  await expectEnded(stores, next, {
    expected: false,
    circumstance: 'after markEnded() and a save() of newer tokens',
  })
  await markEnded(first, ended, check)
  const circumstance = 'after markEnded() for tokens that it no longer held'
  await expectEnded(stores, next, { expected: false, circumstance })
  await expectTokens(stores, next, { check, circumstance })
}

/** Calls `markEnded()` under the lock, like a token provider. */
async function markEnded(store: CheckedStore, tokens: TokenSet, { timeoutMs }: Check): Promise<void> {
  const mark = async (): Promise<void> => store.markEnded(tokens)
  if (store.hasLock) await runLocked(async (critical) => store.lock(critical), timeoutMs, mark)
  else await mark()
}

interface ExpectedMark {
  readonly expected: boolean
  readonly circumstance: string
}

async function expectEnded(
  stores: readonly CheckedStore[],
  tokens: TokenSet,
  { expected, circumstance }: ExpectedMark,
): Promise<void> {
  for (const store of stores) {
    if ((await store.hasEnded(tokens)) === expected) continue
    throw new BrokenRule(`hasEnded() did not return ${String(expected)} ${circumstance}`)
  }
}

/** Ignores `refreshTokenExpiresAt`: a store may change it to show that the login has ended. */
async function expectTokens(
  stores: readonly CheckedStore[],
  tokens: TokenSet,
  { check, circumstance }: { readonly check: Check; readonly circumstance: string },
): Promise<void> {
  for (const store of stores) {
    const wrong = check.tokens
      .differences(tokens, await store.load(circumstance))
      .filter((key) => key !== 'refreshTokenExpiresAt')
    if (wrong.length === 0) continue
    throw new BrokenRule(`load() returned a different ${wrong.join(', ')} ${circumstance}`)
  }
}
