import type {
  IdentityTokenGrant,
  OAuthFlow,
  RequestOptions,
  ResolvedConfig,
  TokensLike,
} from '@anthropic-auth/core'
import type { PackedResponse } from './call-arguments.ts'

/** The methods that run in the worker. A repeatable request can be sent again even if the first one took effect. */
export const METHODS = {
  exchangeCode: { repeatable: false },
  refreshToken: { repeatable: true },
  exchangeIdentityToken: { repeatable: true },
  createApiKey: { repeatable: false },
  getProfile: { repeatable: true },
  revokeToken: { repeatable: true },
} as const

/** A method and its packed arguments, which core still has to validate. */
export type Invocation =
  | { readonly method: 'exchangeCode'; readonly response: PackedResponse; readonly flow: OAuthFlow }
  | { readonly method: 'exchangeIdentityToken'; readonly grant: IdentityTokenGrant }
  | {
      readonly method: Exclude<keyof typeof METHODS, 'exchangeCode' | 'exchangeIdentityToken'>
      readonly tokens: string | TokensLike
    }

/** One call of a method of core's client, as plain data. */
export type WorkerCall = Invocation & { readonly options: Omit<RequestOptions, 'signal'> }

/** A call with the configuration of the client that makes it. */
export type ClientCall = WorkerCall & { readonly config: ResolvedConfig }
