import type { AccessToken } from './access-token.ts'
import { assertIssuedTo } from './client-binding.ts'
import { AnthropicAuthError, isAnthropicAuthError } from './error.ts'
import type { ForwardClock } from './forward-clock.ts'
import type { GuardedStore } from './guarded-store.ts'
import { OutdatedTokens } from './outdated-tokens.ts'
import { nextPause, type Pause } from './refresh-pause.ts'
import { ServedTokens } from './served-tokens.ts'
import type { ProviderEvents } from './token-provider-event.ts'
import { TokenSaver } from './token-saver.ts'
import { TokenSet, type TokensLike } from './token-set.ts'

/** A forced renewal this soon after another one comes from a 401 for the token before. */
const JUST_RENEWED_MS = 10_000
const NO_TOKENS = 'There are no tokens yet'

/** What the state of a login is kept with. */
export interface LoginStateOptions {
  readonly clientId: string
  readonly store: GuardedStore
  readonly clock: ForwardClock
  readonly events: ProviderEvents
}

/** What is known of one login: its tokens, those that they have replaced, what the store holds, whether it is over. */
export class LoginState {
  readonly saver: TokenSaver
  readonly outdated: OutdatedTokens = new OutdatedTokens()
  readonly #options: LoginStateOptions
  readonly #served: ServedTokens
  /** The store was read, or is not needed any more. */
  isLoaded = false
  /** The store held this login before: when it holds none any more, somebody has logged out. */
  #wasStored = false
  #renewedAt = -Infinity
  #dead: Pause | null = null
  #generation = 0

  constructor(options: LoginStateOptions) {
    const { store, clock, events } = options
    this.#options = options
    this.#served = new ServedTokens(clock)
    this.saver = new TokenSaver(store, clock, events)
  }

  get tokens(): TokenSet | null {
    return this.#served.tokens
  }

  /** The login is over, and the store is not looked at for a newer one before `until`. */
  get dead(): Pause | null {
    return this.#dead
  }

  /** Counts new logins: tokens that were asked for on behalf of an earlier one are not used. */
  get generation(): number {
    return this.#generation
  }

  /**
   * The token set of `tokens`.
   *
   * @throws AnthropicAuthError `store_failed` for invalid tokens, `invalid_config` for those of another client
   */
  checked(tokens: TokensLike): TokenSet {
    const set = TokenSet.fromJSON(tokens)
    assertIssuedTo(this.#options.clientId, set)
    return set
  }

  /** The first tokens, until the store was read. */
  begin(tokens: TokensLike): void {
    this.#served.use(this.checked(tokens), false)
  }

  /** Takes the tokens of a new login, which wins over whatever the store holds. */
  beginNewLogin(tokens: TokensLike): void {
    this.adopt(this.checked(tokens), 'new_login')
    this.#generation += 1
    this.#renewedAt = this.#options.clock.now()
    this.saver.addNewLogin()
  }

  /** Takes tokens from elsewhere: what was wrong with those before them is over. */
  adopt(tokens: TokenSet, event: 'adopted' | 'new_login' = 'adopted'): void {
    this.#options.events.emit(event, { tokens })
    this.#served.use(tokens, false)
    this.isLoaded = true
    this.#dead = null
    this.saver.drop()
  }

  /** Takes tokens that somebody else has renewed. */
  adoptRenewed(stored: TokenSet): void {
    this.adopt(stored)
    const now = this.#options.clock.now()
    if (now < this.#served.dueAt) this.#renewedAt = now
  }

  /** Takes tokens that the server has just given; they are still to be saved. */
  takeRefreshed(refreshed: TokenSet): void {
    this.#served.use(refreshed, true)
    this.#options.events.emit('refreshed', { tokens: refreshed })
    this.#renewedAt = this.#options.clock.now()
    this.saver.addRefreshed()
  }

  /** The token, where nothing has to be done before it is handed out. */
  fresh(force: boolean): Promise<AccessToken> | null {
    const now = this.#options.clock.now()
    if (!this.isLoaded || now >= this.saver.dueAt) return null
    const { dueAt, expiresAt, accessToken } = this.#served
    const freshUntil = force ? Math.min(this.#renewedAt + JUST_RENEWED_MS, expiresAt) : dueAt
    return now < freshUntil ? accessToken : null
  }

  /** A token that is still valid serves in place of `error`, but not those who force a renewal. */
  validOr(error: AnthropicAuthError, force: boolean): Promise<AccessToken> {
    if (!force && this.isValid()) return this.served()
    throw error
  }

  isValid(): boolean {
    return this.tokens !== null && this.#options.clock.now() < this.#served.expiresAt
  }

  /** The token, however old. */
  served(): Promise<AccessToken> {
    const { accessToken } = this.#served
    if (accessToken === null) throw noTokens()
    return accessToken
  }

  /** The stored tokens; `null` also when a new login has come meanwhile, which is newer. */
  async load(): Promise<TokenSet | null> {
    const generation = this.#generation
    const stored = await this.#options.store.load()
    if (generation !== this.#generation) return null
    if (stored === null) return this.#noneStored()
    assertIssuedTo(this.#options.clientId, stored)
    this.#wasStored = true
    return stored
  }

  /** Brings tokens that the store does not hold yet into it. */
  async save(): Promise<void> {
    const isSaved = await this.saver.save(this.tokens)
    if (isSaved && this.#options.store.isPresent) this.#wasStored = true
  }

  /** Whether the store's tokens are other than ours, and not older. */
  isNewer(stored: TokenSet): boolean {
    const { accessToken, refreshToken } = stored
    if (accessToken === this.tokens?.accessToken && refreshToken === this.tokens.refreshToken) return false
    return !this.outdated.includes(stored) && !this.saver.isNewLogin
  }

  /** Only a new login helps. Stored tokens are left as they are. */
  die(error: AnthropicAuthError = noTokens()): AnthropicAuthError {
    this.#dead = nextPause(null, error, this.#options.clock.now())
    // A server that gave no refresh token has not ended the login: its access token serves as long as it is valid.
    if (error.code !== 'reauthentication_required') return error
    this.#served.retire()
    this.saver.drop()
    if (!isLoggedOut(error)) this.outdated.add(this.tokens?.refreshToken)
    return error
  }

  /** The store was looked at: not again before a pause is over. */
  staysDead(dead: Pause): void {
    this.#dead = { ...dead, until: this.#options.clock.now() + dead.lengthMs }
  }

  /** A store that held this login and holds none now was told of a logout, by another process or the user. */
  #noneStored(): null {
    if (!this.#wasStored || this.saver.isNewLogin || this.#dead !== null) return null
    this.#options.events.emit('logged_out', { tokens: this.tokens })
    throw this.die(loggedOut())
  }
}

/** Whether somebody has removed the tokens from the store. */
export function isLoggedOut(error: unknown): boolean {
  return isAnthropicAuthError(error, 'reauthentication_required') && error.reason === 'logged_out'
}

function loggedOut(): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', 'The store holds no login any more', {
    reason: 'logged_out',
    hint: 'Somebody has logged out or removed the tokens. Log in again.',
  })
}

function noTokens(): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', NO_TOKENS)
}
