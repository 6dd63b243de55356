import { inspect } from 'node:util'
import { TokenSet, type TokenSetJson } from '@anthropic-auth/core'

/** All 94 characters that a token may have, in an order that no text has by chance. */
const VISIBLE = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + ((index * 37) % 94)))
/** What a leak is: so many consecutive characters of a token. */
const LEAK_LENGTH = 8
/** Names that a careless encoding or a normalisation would change. */
const NAME = 'Zoe\u0308 Ünïcode 株式会社 مؤسسة 👩‍👩‍👧 "\\"\n\t\u2028</script>'

/** One entry for each member of a token set: a missing one is a compile error. */
const KEYS: Readonly<Record<keyof TokenSetJson, true>> = {
  accessToken: true,
  refreshToken: true,
  expiresAt: true,
  refreshTokenExpiresAt: true,
  scopes: true,
  clientId: true,
  account: true,
  organization: true,
  workspace: true,
}

/** The names of the members of a token set. */
export const MEMBERS: readonly (keyof TokenSetJson)[] = Object.keys(KEYS).filter(isMember)

function isMember(name: string): name is keyof TokenSetJson {
  return Object.hasOwn(KEYS, name)
}

/** What the tokens of one check are made of; another process makes the same ones of it. */
export interface TokenRecipe {
  /** Random: what shows in an error is a leak. */
  readonly seed: string
  /** Characters of each token. */
  readonly tokenLength: number
  /** What the store keeps; all else may be lost. */
  readonly members: readonly (keyof TokenSetJson)[]
}

/** Token sets that are told apart, and of which each member shows to which set it belongs. */
export class CheckTokens {
  readonly #recipe: TokenRecipe
  readonly #pieces: readonly string[]

  constructor(recipe: TokenRecipe) {
    this.#recipe = recipe
    const secret = recipe.seed + VISIBLE
    this.#pieces = Array.from({ length: secret.length - LEAK_LENGTH + 1 }, (_, start) =>
      secret.slice(start, start + LEAK_LENGTH),
    )
  }

  /** A set with all members, each of which holds `number`. */
  numbered(number: number): TokenSet {
    return TokenSet.fromJSON({
      accessToken: this.#token(`a${number}.`),
      refreshToken: this.#token(`r${number}.`),
      expiresAt: 2_000_000_000 + number,
      refreshTokenExpiresAt: 2_002_000_000 + number,
      scopes: ['user:inference', 'user:profile', `check:${number}`],
      clientId: `client-${number}`,
      account: { id: `account-${number}`, email: `zoë+${number}@example.com` },
      organization: { id: `organization-${number}`, name: `${NAME} ${number}` },
      workspace: { id: `workspace-${number}`, name: `${number} ${NAME}` },
    })
  }

  /** The number of a set of {@link numbered}; `null` when it is none, or a mixture of two. */
  numberOf(tokens: TokenSet): number | null {
    const number = Number(/^a(\d+)\./.exec(tokens.accessToken)?.[1] ?? NaN)
    if (Number.isNaN(number)) return null
    return this.differences(this.numbered(number), tokens).length === 0 ? number : null
  }

  /** The names of the members that the store keeps and in which two sets differ. */
  differences(expected: TokenSet, actual: TokenSet): readonly (keyof TokenSetJson)[] {
    const [one, other] = [expected.toJSON(), actual.toJSON()]
    return this.#recipe.members.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]))
  }

  /** Whether 8 consecutive characters of a token are in `text`. */
  areIn(text: string): boolean {
    return this.#pieces.some((piece) => text.includes(piece))
  }

  /** Whether a token shows in anything that a program prints of an error. */
  areInError(error: unknown): boolean {
    const shown = [inspect(error, { depth: 20, maxStringLength: Infinity, maxArrayLength: Infinity })]
    for (
      let cause = error, depth = 0;
      cause instanceof Error && depth < 20;
      cause = cause.cause, depth += 1
    ) {
      shown.push(cause.message, cause.stack ?? '', String(cause), jsonOf(cause))
    }
    return this.areIn(shown.join('\n'))
  }

  /** What an error of the store says, in one line; nothing, when it says a token. */
  describe(error: unknown): string {
    if (!(error instanceof Error)) return `a ${typeof error} that is no Error`
    const text = `${error.name}: ${error.message}`
    return this.areIn(text)
      ? 'an error whose message holds a token'
      : (text.split('\n')[0] ?? '').slice(0, 300)
  }

  #token(start: string): string {
    const unit = start + this.#recipe.seed + VISIBLE
    return unit.repeat(Math.ceil(this.#recipe.tokenLength / unit.length)).slice(0, this.#recipe.tokenLength)
  }
}

/** A set with an access token of one character, and nothing else. */
export const minimalTokens: TokenSet = TokenSet.fromJSON({ accessToken: '~' })

/** A set with what is there, but empty. */
export const emptyTokens: TokenSet = TokenSet.fromJSON({
  accessToken: '"',
  expiresAt: 0,
  refreshTokenExpiresAt: 0,
  scopes: [],
  account: { id: '0', email: null },
  organization: { id: 'null', name: null },
  workspace: { id: ' ', name: '' },
})

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
