import { sha256Hex } from '@anthropic-auth/pkce/internal'
import { AnthropicAuthError } from '../error/error.ts'
import { isJsonObject, type JsonObject } from '../syntax/json-object.ts'
import { memberOf } from '../syntax/members.ts'
import { isScopeList } from '../syntax/scope.ts'
import { isTokenValue } from '../syntax/token-value.ts'

/** The storage form of a {@link TokenSet}: plain JSON that contains the secrets. */
export interface TokenSetJson {
  readonly accessToken: string
  readonly refreshToken: string | null
  /** Unix seconds; `null` = unknown. */
  readonly expiresAt: number | null
  /**
   * When this login ends, however often it is refreshed (`refresh_token_expires_in`), in Unix seconds; `null` = unknown.
   */
  readonly refreshTokenExpiresAt: number | null
  /** `null` = unknown. */
  readonly scopes: readonly string[] | null
  /** The client that the tokens are bound to; `null` = unknown. */
  readonly clientId: string | null
  readonly account: { readonly id: string; readonly email: string | null } | null
  readonly organization: { readonly id: string; readonly name: string | null } | null
  readonly workspace: { readonly id: string; readonly name: string | null } | null
}

const HIDDEN = '[hidden]'
const DAY = 24 * 60 * 60
const FINGERPRINT_LENGTH = 16
/** The longest lifetime, in seconds. Longer ones are cut to this. */
export const TEN_YEARS: number = 10 * 365 * DAY

/** A token set, or its storage form. */
export type TokensLike = TokenSet | TokenSetJson

/**
 * The immutable tokens of one login.
 *
 * `util.inspect()`, `console.log()` and `String()` show no secrets. `toJSON()` and `JSON.stringify()` return them all.
 */
export class TokenSet implements TokenSetJson {
  /**
   * Identifies the content without showing a secret: 16 hex digits of the SHA-256 of the storage form. The only member
   * that is enumerable, so that `assert.deepStrictEqual()` and `toEqual()` tell token sets with different content apart.
   */
  declare readonly fingerprint: string
  // A private member, so that neither inspection nor a spread shows the secrets.
  readonly #json: TokenSetJson
  #fingerprint: string | null = null

  private constructor(json: TokenSetJson) {
    this.#json = json
    Object.defineProperty(this, 'fingerprint', TokenSet.#FINGERPRINT)
    Object.freeze(this)
  }

  /** Each instance has this accessor instead of a value, since most fingerprints are never read. */
  static readonly #FINGERPRINT: PropertyDescriptor & { readonly __proto__: null } = {
    __proto__: null,
    enumerable: true,
    get(this: TokenSet): string {
      return (this.#fingerprint ??= sha256Hex(JSON.stringify(this.#json)).slice(0, FINGERPRINT_LENGTH))
    },
  }

  get accessToken(): string {
    return this.#json.accessToken
  }

  get refreshToken(): string | null {
    return this.#json.refreshToken
  }

  /** Unix seconds; `null` = unknown. */
  get expiresAt(): number | null {
    return this.#json.expiresAt
  }

  /** When this login ends, however often it is refreshed, in Unix seconds; `null` = unknown. */
  get refreshTokenExpiresAt(): number | null {
    return this.#json.refreshTokenExpiresAt
  }

  /** The granted scopes; `null` = unknown. */
  get scopes(): readonly string[] | null {
    return this.#json.scopes
  }

  /** The client that the tokens are bound to; `null` = unknown. */
  get clientId(): string | null {
    return this.#json.clientId
  }

  get account(): TokenSetJson['account'] {
    return this.#json.account
  }

  get organization(): TokenSetJson['organization'] {
    return this.#json.organization
  }

  get workspace(): TokenSetJson['workspace'] {
    return this.#json.workspace
  }

  /**
   * Whether the access token expires within `bufferSeconds`. If the expiry is unknown, it does not.
   *
   * @param bufferSeconds - 300 by default, as in the Rust crate
   * @throws TypeError when `bufferSeconds` is not a finite number
   */
  isExpired(bufferSeconds: number = 300): boolean {
    if (!Number.isFinite(bufferSeconds)) throw new TypeError('bufferSeconds must be a finite number')
    const expiresIn = this.expiresIn()
    return expiresIn !== null && expiresIn <= bufferSeconds
  }

  /** Returns the seconds until the access token expires, never negative; `null` = unknown. */
  expiresIn(): number | null {
    const { expiresAt } = this.#json
    return expiresAt === null ? null : Math.max(0, expiresAt - Math.floor(Date.now() / 1000))
  }

  /** Returns the storage form, which contains the secrets. */
  toJSON(): TokenSetJson {
    return this.#json
  }

  /**
   * Reads and validates the storage form of a token set. Only `accessToken` is required. An instant more than ten years
   * and a day ahead counts as unknown, since it is most likely in milliseconds.
   *
   * @throws AnthropicAuthError `store_failed` with `reason: 'invalid_tokens'` when `json` isn't a token set
   */
  static fromJSON(json: unknown): TokenSet {
    return new TokenSet(readTokenSetJson(json))
  }

  toString(): string {
    return 'TokenSet (secrets hidden)'
  }

  get [Symbol.toStringTag](): string {
    return 'TokenSet'
  }
}

Object.defineProperty(TokenSet.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(
    this: TokenSet,
    _depth: number,
    options: object,
    inspect?: (value: unknown, options: object) => string,
  ) {
    const { accessToken, refreshToken, ...shown } = this.toJSON()
    const masked = { accessToken: accessToken && HIDDEN, refreshToken: refreshToken && HIDDEN, ...shown }
    return inspect === undefined ? masked : `TokenSet ${inspect(masked, options)}`
  },
})

/** Returns a validated, frozen storage form. It is built field by field, so that it contains nothing else. */
function readTokenSetJson(json: unknown): TokenSetJson {
  if (!isJsonObject(json)) throw invalidTokens('are not a JSON object')
  const accessToken = memberOf(json, 'accessToken')
  if (!isTokenValue(accessToken)) throw invalidTokens('have no valid accessToken')
  return Object.freeze({
    accessToken,
    refreshToken: nullable('refreshToken', memberOf(json, 'refreshToken'), isTokenValue),
    expiresAt: readInstant('expiresAt', memberOf(json, 'expiresAt')),
    refreshTokenExpiresAt: readInstant('refreshTokenExpiresAt', memberOf(json, 'refreshTokenExpiresAt')),
    scopes: frozenCopy(nullable('scopes', memberOf(json, 'scopes'), isScopeList)),
    clientId: nullable('clientId', memberOf(json, 'clientId'), isName),
    account: readAccount(memberOf(json, 'account')),
    organization: readNamed('organization', memberOf(json, 'organization')),
    workspace: readNamed('workspace', memberOf(json, 'workspace')),
  })
}

function readInstant(key: 'expiresAt' | 'refreshTokenExpiresAt', value: unknown): number | null {
  // The extra day allows for a clock that was set back after the instant was computed.
  const latest = Math.floor(Date.now() / 1000) + TEN_YEARS + DAY
  return typeof value === 'number' && value > latest ? null : nullable(key, value, isUnixSeconds)
}

function readAccount(value: unknown): TokenSetJson['account'] {
  const account = nullable('account', value, isJsonObject)
  if (account === null) return null
  const email = nullable('account', memberOf(account, 'email'), isString)
  return Object.freeze({ id: readId('account', account), email })
}

function readNamed(key: 'organization' | 'workspace', value: unknown): TokenSetJson['organization'] {
  const named = nullable(key, value, isJsonObject)
  if (named === null) return null
  const name = nullable(key, memberOf(named, 'name'), isString)
  return Object.freeze({ id: readId(key, named), name })
}

function readId(key: string, object: JsonObject): string {
  const id = memberOf(object, 'id')
  if (!isName(id)) throw invalidTokens(`have no valid ${key}`)
  return id
}

function nullable<T>(key: string, value: unknown, isValid: (value: unknown) => value is T): T | null {
  if (value === undefined || value === null) return null
  if (!isValid(value)) throw invalidTokens(`have no valid ${key}`)
  return value
}

function frozenCopy(scopes: readonly string[] | null): readonly string[] | null {
  return scopes && Object.freeze([...scopes])
}

function isUnixSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function invalidTokens(problem: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', `The stored tokens ${problem}`, {
    reason: 'invalid_tokens',
    hint: 'Pass tokens in the form that TokenSet.toJSON() returns, or log in again.',
  })
}
