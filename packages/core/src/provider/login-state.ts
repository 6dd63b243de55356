import { AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import { membersOf } from '../syntax/members.ts'
import { assertIssuedTo } from '../token/token-guards.ts'
import { TokenSet, type TokensLike } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import type { GuardedStore } from './guarded-store.ts'
import type { MonotonicClock } from './monotonic-clock.ts'
import { OutdatedTokens } from './outdated-tokens.ts'
import { nextPause, type Pause } from './failure-pause.ts'
import { TokenFreshness } from './token-freshness.ts'
import type { ProviderEvents } from './token-provider-event.ts'
import { TokenSaver } from './token-saver.ts'

const NO_TOKENS = 'There are no tokens yet'

/** The parts that a login state works with. */
export interface LoginStateOptions {
  readonly clientId: string
  readonly store: GuardedStore
  readonly clock: MonotonicClock
  readonly events: ProviderEvents
}

/**
 * Everything known about one login: its tokens, the tokens that they replaced, what the store holds, and whether the
 * login is over.
 */
export class LoginState {
  readonly saver: TokenSaver
  readonly outdated: OutdatedTokens = new OutdatedTokens()
  readonly #options: LoginStateOptions
  readonly #freshness: TokenFreshness
  /** Whether the store has been read, or no longer needs to be. */
  isLoaded = false
  /** Whether the store has held this login. If it is empty now, someone has logged out. */
  #wasStored = false
  #dead: Pause | null = null
  #generation = 0

  constructor(options: LoginStateOptions) {
    const { store, clock, events } = options
    this.#options = options
    this.#freshness = new TokenFreshness(clock)
    this.saver = new TokenSaver(store, clock, events)
  }

  get tokens(): TokenSet | null {
    return this.#freshness.tokens
  }

  /** Set when the login is over. The store isn't checked for a newer one before `until`. */
  get dead(): Pause | null {
    return this.#dead
  }

  /** Counts new logins: tokens that were requested for an earlier login are not used. */
  get generation(): number {
    return this.#generation
  }

  /**
   * Returns `tokens` as a validated token set.
   *
   * @throws AnthropicAuthError `store_failed` for invalid tokens, `invalid_config` for those of another client
   */
  checked(tokens: TokensLike): TokenSet {
    const set = TokenSet.fromJSON(tokens)
    assertIssuedTo(this.#options.clientId, set)
    return set
  }

  /** Uses `tokens` until the store has been read. */
  begin(tokens: TokensLike): void {
    this.#freshness.use(this.checked(tokens), false)
  }

  /** Uses the tokens of a new login, which takes precedence over whatever the store holds. */
  beginNewLogin(tokens: TokensLike): void {
    const set = this.checked(tokens)
    const isFirst = this.tokens === null
    this.adopt(set, 'new_login')
    this.#generation += 1
    // A 401 for the previous login must not refresh this one. The first login has none: any 401 is for its own token.
    if (!isFirst) this.#freshness.markRenewed()
    this.saver.addNewLogin()
  }

  /** Uses tokens of the store or of a new login, and clears the problems of the previous ones. */
  adopt(tokens: TokenSet, event: 'adopted' | 'new_login' = 'adopted'): void {
    this.#options.events.emit(event, { tokens })
    this.#freshness.use(tokens, false)
    this.isLoaded = true
    this.#dead = null
    this.saver.drop()
  }

  /** Uses tokens that another process has refreshed. */
  adoptRefreshed(stored: TokenSet): void {
    this.adopt(stored)
    if (this.#options.clock.now() < this.#freshness.dueAt) this.#freshness.markRenewed()
  }

  /** Uses tokens that the server has just issued. They still have to be saved. */
  takeRefreshed(refreshed: TokenSet): void {
    this.#freshness.use(refreshed, true)
    this.#options.events.emit('refreshed', { tokens: refreshed })
    this.#freshness.markRenewed()
    this.saver.addRefreshed()
  }

  /** Returns the token if it can be handed out right away; otherwise `null`. */
  fresh(force: boolean): Promise<AccessToken> | null {
    const now = this.#options.clock.now()
    if (!this.isLoaded || now >= this.saver.dueAt) return null
    return this.#freshness.fresh(force, now)
  }

  /** Returns a token that is still valid instead of throwing `error`, unless the caller forces a refresh. */
  validOr(error: AnthropicAuthError, force: boolean): Promise<AccessToken> {
    return this.#freshness.validOr(error, force)
  }

  isValid(): boolean {
    return this.#freshness.isValid()
  }

  /** Returns the token even if it has expired. */
  served(): Promise<AccessToken> {
    const { accessToken } = this.#freshness
    if (accessToken === null) throw noTokens()
    return accessToken
  }

  /** Returns the stored tokens; also `null` when `setTokens()` was called meanwhile, since the new login is newer. */
  async load(): Promise<TokenSet | null> {
    const generation = this.#generation
    const stored = await this.#options.store.load()
    if (generation !== this.#generation) return null
    if (stored === null) return this.#noneStored()
    assertIssuedTo(this.#options.clientId, stored)
    this.#wasStored = true
    return stored
  }

  /** Saves tokens that the store does not hold yet. */
  async save(): Promise<void> {
    const isSaved = await this.saver.save(this.tokens)
    if (isSaved && this.#options.store.isPresent) this.#wasStored = true
  }

  /** Whether the stored tokens differ from ours and are not older. */
  isNewer(stored: TokenSet): boolean {
    const { accessToken, refreshToken } = stored
    // A store that has lost the refresh token next to our access token holds nothing new: keep ours.
    const isOurs = refreshToken === null || refreshToken === this.tokens?.refreshToken
    if (accessToken === this.tokens?.accessToken && isOurs) return false
    return !this.outdated.includes(stored) && !this.saver.isNewLogin
  }

  /** Marks the login as over: only a new login helps. Leaves the stored tokens as they are. */
  die(error: AnthropicAuthError = noTokens()): AnthropicAuthError {
    this.#dead = nextPause(null, error, this.#options.clock.now())
    // A missing refresh token does not end the login: the access token can be used until it expires.
    if (error.code !== 'reauthentication_required') return error
    this.#freshness.retire()
    this.saver.drop()
    if (!isLoggedOut(error)) this.outdated.add(this.tokens?.refreshToken)
    return error
  }

  /** The store was just checked. Don't check it again until a pause is over. */
  staysDead(dead: Pause): void {
    this.#dead = { ...dead, until: this.#options.clock.now() + dead.lengthMs }
  }

  /** If the store held this login and is empty now, another process or the user has logged out. */
  #noneStored(): null {
    if (!this.#wasStored || this.saver.isNewLogin || this.#dead !== null) return null
    this.#options.events.emit('logged_out', { tokens: this.tokens })
    throw this.die(loggedOut())
  }
}

/** Whether the error says that someone removed the tokens from the store. */
export function isLoggedOut(error: unknown): boolean {
  return isAnthropicAuthError(error, 'reauthentication_required') && membersOf(error).reason === 'logged_out'
}

function loggedOut(): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', 'The store no longer holds this login', {
    reason: 'logged_out',
    hint: 'Someone logged out, or removed the tokens from the store. Log in again.',
  })
}

function noTokens(): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', NO_TOKENS, {
    reason: 'no_tokens',
    hint: 'Log in, then pass the tokens to setTokens() or save them to the store.',
  })
}
