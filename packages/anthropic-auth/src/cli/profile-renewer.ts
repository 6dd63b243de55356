import { setTimeout as wait } from 'node:timers/promises'
import { AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'
import type { CommandTokenProvider } from './command-token-provider.ts'
import type { StoredLogin } from './stored-login.ts'

/** The official SDKs refresh below 30 s, without a lock. A renewal has to come well before that. */
const MIN_MARGIN = 40
const MAX_MARGIN = 300
/** The file is read at least this often: the clock may jump, and the user may log in again. */
const MAX_PAUSE = 60
const RETRY_PAUSE = 5

export interface RenewalOptions {
  readonly login: StoredLogin
  readonly provider: CommandTokenProvider
  /** Ends the renewals. */
  readonly signal: AbortSignal
  readonly onRenewed?: (expiresAt: number | null) => void
  /** Called once for each problem, however often it occurs. */
  readonly onProblem: (error: AnthropicAuthError) => void
}

/**
 * Keeps a profile renewed ahead of time, under our lock, until the signal aborts: programs that take no lock then
 * never refresh it. Goes on after a failure, and after the end of the login, since the user may log in again.
 */
export async function keepRenewed(options: RenewalOptions): Promise<void> {
  const { login, provider, signal, onRenewed, onProblem } = options
  let margin = MAX_MARGIN
  let lastProblem = ''
  let lastToken = provider.tokens()?.accessToken
  while (!signal.aborted) {
    try {
      const left = await secondsLeft(login)
      if (left > margin) {
        await pause(Math.min(left - margin, MAX_PAUSE), signal)
        continue
      }
      const { token, expiresAt } = await provider.accessToken({ forceRefresh: true })
      await provider.settle()
      lastProblem = ''
      // Right after a renewal, the provider returns the same token once more.
      if (token !== lastToken) onRenewed?.(expiresAt)
      lastToken = token
      if (expiresAt !== null) margin = marginFor(expiresAt - Date.now() / 1000)
      await pause(1, signal)
    } catch (error) {
      if (signal.aborted) return
      if (!isAnthropicAuthError(error)) throw error
      const problem = `${error.code} ${error.message}`
      if (problem !== lastProblem) onProblem(error)
      lastProblem = problem
      await pause(RETRY_PAUSE, signal)
    }
  }
}

/** Returns how many seconds before its end a token with this lifetime is renewed. */
export function marginFor(lifetime: number): number {
  return Math.min(MAX_MARGIN, Math.max(MIN_MARGIN, lifetime / 2), lifetime * 0.85)
}

async function secondsLeft({ store, profile }: StoredLogin): Promise<number> {
  const tokens = await store.load()
  if (tokens === null) {
    const message = `No longer logged in (profile '${profile.name}')`
    throw new AnthropicAuthError('reauthentication_required', message, { reason: 'logged_out' })
  }
  // Without a refresh token there is nothing to do before the user logs in again.
  if (tokens.refreshToken === null) return Number.POSITIVE_INFINITY
  return tokens.expiresAt === null ? 0 : tokens.expiresAt - Date.now() / 1000
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await wait(seconds * 1000, undefined, { signal }).catch(() => undefined)
}
