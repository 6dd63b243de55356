import { setTimeout as wait } from 'node:timers/promises'
import { AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'
import type { CommandTokenProvider } from './command-token-provider.ts'
import type { StoredLogin } from './stored-login.ts'

/** The official SDKs refresh below 30 s, without a lock. Our refresh has to come well before that. */
const MIN_MARGIN_SECONDS = 40
const MAX_MARGIN_SECONDS = 300
/** Read the file at least this often: the clock may jump, and the user may log in again. */
const MAX_PAUSE_SECONDS = 60
const RETRY_PAUSE_SECONDS = 5
const REFRESHED_PAUSE_SECONDS = 1

export interface BackgroundRefreshOptions {
  readonly login: StoredLogin
  readonly provider: CommandTokenProvider
  /** Ends the refreshing. */
  readonly signal: AbortSignal
  readonly onRefreshed?: (expiresAt: number | null) => void
  /** Called once for each problem, however often it occurs. */
  readonly onProblem: (error: AnthropicAuthError) => void
}

/**
 * Refreshes a profile ahead of time, under our lock, until the signal aborts: programs that take no lock then never
 * refresh it. Continues after a failure, and after the end of the login, since the user may log in again.
 */
export async function keepRefreshed(options: BackgroundRefreshOptions): Promise<void> {
  const refresh = new BackgroundRefresh(options)
  while (!options.signal.aborted) await pause(await refresh.refreshIfDue(), options.signal)
}

class BackgroundRefresh {
  readonly #options: BackgroundRefreshOptions
  #margin = MAX_MARGIN_SECONDS
  #lastProblem = ''
  #lastToken: string | undefined

  constructor(options: BackgroundRefreshOptions) {
    this.#options = options
    this.#lastToken = options.provider.tokens()?.accessToken
  }

  /** Returns the seconds until the next call. */
  async refreshIfDue(): Promise<number> {
    try {
      const left = await secondsLeft(this.#options.login)
      if (left > this.#margin) return Math.min(left - this.#margin, MAX_PAUSE_SECONDS)
      await this.#refresh()
      return REFRESHED_PAUSE_SECONDS
    } catch (error) {
      if (this.#options.signal.aborted) return 0
      this.#report(error)
      return RETRY_PAUSE_SECONDS
    }
  }

  async #refresh(): Promise<void> {
    const { provider, onRefreshed } = this.#options
    const { token, expiresAt } = await provider.accessToken({ forceRefresh: true })
    await provider.settle()
    this.#lastProblem = ''
    // A refresh that follows another at once returns the same token.
    if (token !== this.#lastToken) onRefreshed?.(expiresAt)
    this.#lastToken = token
    if (expiresAt !== null) this.#margin = marginFor(expiresAt - Date.now() / 1000)
  }

  #report(error: unknown): void {
    if (!isAnthropicAuthError(error)) throw error
    const problem = `${error.code} ${error.message}`
    if (problem !== this.#lastProblem) this.#options.onProblem(error)
    this.#lastProblem = problem
  }
}

/** Returns how many seconds before its end a token with this lifetime is refreshed. */
export function marginFor(lifetime: number): number {
  return Math.min(MAX_MARGIN_SECONDS, Math.max(MIN_MARGIN_SECONDS, lifetime / 2), lifetime * 0.85)
}

async function secondsLeft({ store, profile }: StoredLogin): Promise<number> {
  const tokens = await store.load()
  if (tokens === null) {
    const message = `No longer logged in (profile '${profile.name}')`
    throw new AnthropicAuthError('reauthentication_required', message, {
      reason: 'logged_out',
      hint: 'Someone logged out, or removed the tokens from the store. Log in again.',
    })
  }
  // Without a refresh token there is nothing to do before the user logs in again.
  if (tokens.refreshToken === null) return Number.POSITIVE_INFINITY
  return tokens.expiresAt === null ? 0 : tokens.expiresAt - Date.now() / 1000
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await wait(seconds * 1000, undefined, { signal }).catch(() => undefined)
}
