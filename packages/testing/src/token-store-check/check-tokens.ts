import { inspect } from 'node:util'
import { TokenSet, type TokenSetJson } from '@anthropic-auth/core'

/** All 94 characters that a token may have, in an order that no other text has by chance. */
const VISIBLE = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + ((index * 37) % 94)))
/** This many consecutive characters of a token are a leak. */
const LEAK_LENGTH = 8
/** A name that a careless encoding or a normalisation would change. */
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

/** The recipe for the tokens of one check. Another process makes the same tokens from it. */
export interface TokenRecipe {
  /** Random, so that it shows up in an error only by a leak. */
  readonly seed: string
  /** The length of each token, in characters. */
  readonly tokenLength: number
  /** The members that the store keeps. It may lose the others. */
  readonly members: readonly (keyof TokenSetJson)[]
}

/** Numbered token sets. Every member shows which set it belongs to. */
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

  /** Returns a set with all members, each of which contains `number`. */
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

  /** Returns the number of a set of {@link numbered}, or `null` for a different set or a mixture. */
  numberOf(tokens: TokenSet): number | null {
    const number = Number(/^a(\d+)\./.exec(tokens.accessToken)?.[1] ?? NaN)
    if (Number.isNaN(number)) return null
    return this.differences(this.numbered(number), tokens).length === 0 ? number : null
  }

  /** Returns the names of the members in which two sets differ, of those that the store keeps. */
  differences(expected: TokenSet, actual: TokenSet): readonly (keyof TokenSetJson)[] {
    const [one, other] = [expected.toJSON(), actual.toJSON()]
    return this.#recipe.members.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]))
  }

  /** Whether 8 consecutive characters of a token are in `text`. */
  areIn(text: string): boolean {
    return this.#pieces.some((piece) => text.includes(piece))
  }

  /** Whether a token is in anything that a program may print of an error. */
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

  /** Returns the message of a store's error in one line, without the text if it contains a token. */
  describe(error: unknown): string {
    if (!(error instanceof Error)) return `a ${typeof error} that is not an Error`
    const text = `${error.name}: ${error.message}`
    return this.areIn(text)
      ? 'an error whose message contains a token'
      : (text.split('\n')[0] ?? '').slice(0, 300)
  }

  #token(start: string): string {
    const unit = start + this.#recipe.seed + VISIBLE
    return unit.repeat(Math.ceil(this.#recipe.tokenLength / unit.length)).slice(0, this.#recipe.tokenLength)
  }
}

/** A set with an access token of one character, and nothing else. */
export const minimalTokens: TokenSet = TokenSet.fromJSON({ accessToken: '~' })

/** A set whose members are present but empty. */
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
