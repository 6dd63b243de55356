import {
  type AuthorizationResponse,
  type IdentityTokenGrant,
  type OAuthFlow,
  TokenSet,
  type TokenSetJson,
  type TokensLike,
} from '@anthropic-auth/core'
import { memberOf } from '@anthropic-auth/core/internal'

// A caller can pass anything, and core validates it in the worker. So each value crosses unchanged, or as a value that
// fails the same checks. Only the members that core reads are read.

/** Replaces a value that can't cross threads. Every check of core refuses it; `undefined` would count as absent. */
const FOREIGN = 0n

/** The members of an object that are copied. `null` stands for a single value or a list of values. */
interface Shape {
  readonly [member: string]: Shape | null
}

type ShapeOf<T> = Readonly<Record<keyof T, Shape | null>>
type MemberShape<K extends keyof TokenSetJson> = ShapeOf<NonNullable<TokenSetJson[K]>>

const VALUE: Shape = {}

// With `satisfies`, a new member of a type that is missing here doesn't compile.
const RESPONSE = { code: null, state: null } satisfies ShapeOf<AuthorizationResponse>

const FLOW = {
  authorizationUrl: null,
  verifier: null,
  state: null,
  mode: null,
  redirectUri: null,
  clientId: null,
  scopes: null,
  organizationId: null,
  workspaceId: null,
  createdAt: null,
} satisfies ShapeOf<OAuthFlow>

const TOKENS = {
  accessToken: null,
  refreshToken: null,
  expiresAt: null,
  refreshTokenExpiresAt: null,
  scopes: null,
  clientId: null,
  account: { id: null, email: null } satisfies MemberShape<'account'>,
  organization: { id: null, name: null } satisfies MemberShape<'organization'>,
  workspace: { id: null, name: null } satisfies MemberShape<'workspace'>,
} satisfies ShapeOf<TokenSetJson>

const GRANT = {
  federationRuleId: null,
  organizationId: null,
  serviceAccountId: null,
  workspaceId: null,
  identityToken: null,
} satisfies ShapeOf<IdentityTokenGrant>

/** An authorization response as plain data: `URL` and `URLSearchParams` can't cross threads. */
export type PackedResponse =
  | { readonly type: 'url'; readonly href: string }
  | { readonly type: 'parameters'; readonly query: string }
  | { readonly type: 'value'; readonly value: string | AuthorizationResponse }

export function packResponse(
  response: string | URL | URLSearchParams | AuthorizationResponse,
): PackedResponse {
  if (response instanceof URL) return { type: 'url', href: response.href }
  if (response instanceof URLSearchParams) return { type: 'parameters', query: response.toString() }
  return { type: 'value', value: pack(response, RESPONSE) }
}

export function unpackResponse(
  packed: PackedResponse,
): string | URL | URLSearchParams | AuthorizationResponse {
  if (packed.type === 'url') return new URL(packed.href)
  if (packed.type === 'parameters') return new URLSearchParams(packed.query)
  return packed.value
}

export function packFlow(flow: OAuthFlow): OAuthFlow {
  return pack(flow, FLOW)
}

export function packTokens(tokens: string | TokensLike): string | TokensLike {
  return tokens instanceof TokenSet ? tokens.toJSON() : pack(tokens, TOKENS)
}

export function packGrant<T extends IdentityTokenGrant>(grant: T): T {
  return pack(grant, GRANT)
}

export function packTimeout(timeoutMs: number | undefined): number | undefined {
  return pack(timeoutMs, VALUE)
}

// The result has the type that the caller claimed; core checks that claim.
function pack<T>(value: T, shape: Shape): T
function pack(value: unknown, shape: Shape): unknown {
  if (isList(value)) return value.map(packMember)
  if (typeof value !== 'object' || value === null) return packMember(value)
  const members = Object.entries(shape).map(([name, inner]) => {
    const member = memberOf(value, name)
    return [name, inner === null && !isList(member) ? packMember(member) : pack(member, inner ?? VALUE)]
  })
  return Object.fromEntries(members) as unknown
}

function packMember(value: unknown): unknown {
  const crosses = (typeof value !== 'object' && typeof value !== 'function') || value === null
  return crosses && typeof value !== 'symbol' ? value : FOREIGN
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
