import {
  type AccessToken,
  AnthropicAuthError,
  createTokenProvider,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenProvider,
  type TokenProviderEvent,
  type TokenSet,
  type TokenStore,
} from '@anthropic-auth/core'
import type { ProfileStore } from '@anthropic-auth/profile-store'
import { DEFAULT_HOST, isSameHostUrl } from '@anthropic-auth/profile-store/internal'
import { reportEvent, reportWarning } from './error-report.ts'
import { LockNotice } from './lock-notice.ts'
import type { CommonFlags } from './common-flags.ts'
import { beginRefresh, endRefresh } from './process-end.ts'
import { clientOf, hostOf } from './host-settings.ts'
import { endedText, isEndOfLogin, isOver, isUsable } from './login-lifetime.ts'
import type { StoredLogin } from './stored-login.ts'

const STILL_WAITING =
  'The server is taking a long time to respond. Still waiting, so that this login is not lost. To stop now, press Ctrl-C twice; you may then have to log in again.'
const WAITING_AT_END =
  'A refresh is still under way. Waiting for its response, so that this login is not lost. To stop now, press Ctrl-C again; you may then have to log in again.'

/** The token provider of one command. No later call can make up for a problem, so it collects and reports them. */
export class CommandTokenProvider {
  readonly client: OAuthClient
  readonly #provider: TokenProvider
  readonly #login: StoredLogin
  readonly #flags: CommonFlags
  readonly #signal: AbortSignal
  readonly #notice: LockNotice
  readonly #problems: AnthropicAuthError[] = []
  #isRefreshing = false
  /** Whether a refresh has shown that the login has ended. */
  #hasEnded = false

  constructor(login: StoredLogin, flags: CommonFlags, signal: AbortSignal) {
    this.#login = login
    this.#flags = flags
    this.#signal = signal
    this.#notice = new LockNotice(flags.json)
    this.client = clientOf(login, flags)
    this.#provider = createTokenProvider(this.client, {
      store: storeFor(login),
      onError: (error) => this.#onError(error),
      onEvent: (event) => this.#onEvent(event),
    })
  }

  /** The last known tokens. */
  tokens(): TokenSet | null {
    return this.#provider.tokens
  }

  /** Whether the tokens have changed since the start of the command. */
  isRefreshed(): boolean {
    return this.tokens()?.accessToken !== this.#login.tokens.accessToken
  }

  /** Returns a valid token. Waits even for a slow response, since it may hold the only working refresh token. */
  async accessToken({
    forceRefresh = false,
  }: { readonly forceRefresh?: boolean } = {}): Promise<AccessToken> {
    const options = { forceRefresh, signal: this.#signal }
    try {
      return await patiently(this.#provider, options, () => this.#warn(STILL_WAITING))
    } catch (error) {
      if (this.#signal.aborted && this.#isRefreshing) this.#warn(WAITING_AT_END)
      throw error
    }
  }

  /** Returns a token that has not expired, even if the login has ended: `warnIfEnded()` then says so. */
  async unexpiredToken(): Promise<AccessToken> {
    try {
      return await this.accessToken()
    } catch (error) {
      const { accessToken: token, expiresAt } = this.tokens() ?? this.#login.tokens
      if (!isEndOfLogin(error) || isOver(expiresAt)) throw error
      this.#hasEnded = true
      return { token, expiresAt }
    }
  }

  /** Refreshes the tokens. If that fails, returns the given token, which is still valid, and `settle()` reports the failure. */
  async refreshedOr(found: AccessToken): Promise<AccessToken> {
    try {
      return await this.accessToken({ forceRefresh: true })
    } catch (error) {
      if (!isAnthropicAuthError(error) || this.#signal.aborted) throw error
      if (isEndOfLogin(error)) this.#hasEnded = true
      else if (!this.#problems.includes(error)) this.#problems.push(error)
      return found
    }
  }

  /**
   * Reports the problems that did not prevent a token from being returned.
   *
   * @throws AnthropicAuthError `store_failed` when refreshed tokens were not saved: they are lost when this process
   *   ends
   */
  async settle(): Promise<void> {
    const { store, profile } = this.#login
    const isSaved = await holds(store, this.tokens())
    for (const problem of this.#problems.splice(0)) {
      if (!isSaved && isAnthropicAuthError(problem, 'store_failed')) throw notSaved(problem, profile.name)
      const introduction = this.isRefreshed()
        ? ''
        : 'The tokens could not be refreshed, but are still valid: '
      this.#warn(introduction + problem.message)
    }
  }

  /** Warns if the login has ended, since its access token can't be refreshed. */
  warnIfEnded(): void {
    const { profile, tokens: stored } = this.#login
    const tokens = this.tokens() ?? stored
    if (this.#hasEnded || !isUsable({ tokens })) this.#warn(endedText({ profile, tokens }))
  }

  #onError(error: AnthropicAuthError): void {
    // After an interruption, no one calls settle(), so report the problem now.
    if (this.#signal.aborted) this.#warn(error.message)
    else if (!isStillWaiting(error)) this.#problems.push(error)
  }

  #onEvent(event: TokenProviderEvent): void {
    if (event.type === 'waiting_for_lock') this.#notice.begin()
    else this.#notice.end()
    if (event.type === 'refreshing') this.#setRefreshing(true)
    else if (ENDS.has(event.type)) this.#setRefreshing(false)
    if (this.#flags.debug === true) reportEvent(event, this.#flags.json)
  }

  #setRefreshing(isRefreshing: boolean): void {
    if (isRefreshing === this.#isRefreshing) return
    this.#isRefreshing = isRefreshing
    if (isRefreshing) beginRefresh()
    else endRefresh()
  }

  #warn(message: string): void {
    reportWarning(message, this.#flags.json)
  }
}

/** Leaves out `markEnded()` for a host that didn't issue the tokens: its refusal says nothing about the login. */
function storeFor({ store, profile, baseUrl, movedFrom }: StoredLogin): TokenStore {
  const issuer = movedFrom ?? profile.baseUrl ?? DEFAULT_HOST
  if (isSameHostUrl(hostOf({ profile, baseUrl }), issuer)) return store
  return {
    load: async () => store.load(),
    save: async (tokens) => store.save(tokens),
    prepareSave: async () => store.prepareSave(),
    lock: async (critical) => store.lock(critical),
  }
}

/** The events after which no refresh is under way. */
const ENDS: ReadonlySet<TokenProviderEvent['type']> = new Set(['saved', 'refused', 'paused', 'logged_out'])

/** Calls the provider again until its request has ended, which takes a few minutes at most. */
async function patiently(
  provider: TokenProvider,
  options: Parameters<TokenProvider>[0],
  tellOfWaiting: () => void,
): Promise<AccessToken> {
  for (let calls = 1; ; calls += 1) {
    try {
      return await provider(options)
    } catch (error) {
      if (!isStillWaiting(error)) throw error
    }
    if (calls === 1) tellOfWaiting()
  }
}

function isStillWaiting(error: unknown): boolean {
  return isAnthropicAuthError(error, 'timeout') && error.reason === 'still_waiting'
}

async function holds(store: ProfileStore, tokens: TokenSet | null): Promise<boolean> {
  const stored = await store.load().catch(() => null)
  return stored !== null && stored.accessToken === tokens?.accessToken
}

function notSaved(error: AnthropicAuthError, profile: string): AnthropicAuthError {
  const message = `The tokens were refreshed, but not saved: ${error.message}`
  return new AnthropicAuthError('store_failed', message, {
    reason: error.reason,
    hint: `${error.hint ?? ''}\nThe saved tokens may no longer work. If so, run: anthropic-auth login --profile ${profile}`.trim(),
    cause: error.cause,
  })
}
