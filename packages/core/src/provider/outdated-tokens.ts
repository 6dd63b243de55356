import type { TokenSet } from '../token/token-set.ts'

/** More tokens are never needed at once. */
const MAX_TOKENS = 32

/** Tokens that were replaced by a refresh or refused by the server. A store that holds one of them is out of date. */
export class OutdatedTokens {
  readonly #tokens = new Set<string>()

  add(...tokens: readonly (string | null | undefined)[]): void {
    for (const token of tokens) if (typeof token === 'string') this.#tokens.add(token)
    for (const token of [...this.#tokens].slice(0, -MAX_TOKENS)) this.#tokens.delete(token)
  }

  /** Adds the tokens of `before` that aren't in `after`, since a server may keep one of them. */
  addReplaced(before: TokenSet, after: TokenSet): void {
    const kept = new Set([after.accessToken, after.refreshToken])
    this.add(...[before.accessToken, before.refreshToken].filter((token) => !kept.has(token)))
  }

  includes({ accessToken, refreshToken }: TokenSet): boolean {
    return this.#tokens.has(accessToken) || this.#tokens.has(refreshToken ?? '')
  }
}
