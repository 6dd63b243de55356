import type { OAuthFlow, RequestOptions, ResolvedConfig, TokensLike } from '@anthropic-auth/core'
import type { PackedResponse } from './call-arguments.ts'

/** The methods that run in the worker, and whether the same request may be sent again even if it took effect. */
export const METHODS = {
  exchangeCode: { repeatable: false },
  refreshToken: { repeatable: true },
  createApiKey: { repeatable: false },
  getProfile: { repeatable: true },
  revokeToken: { repeatable: true },
} as const

/** What a method is called with: claims of the caller, as `call-arguments.ts` packs them. */
export type Invocation =
  | { readonly method: 'exchangeCode'; readonly response: PackedResponse; readonly flow: OAuthFlow }
  | { readonly method: Exclude<keyof typeof METHODS, 'exchangeCode'>; readonly tokens: string | TokensLike }

/** One call of a method of core's client, in data that cross threads. */
export type WorkerCall = Invocation & {
  readonly config: ResolvedConfig
  readonly options: Pick<RequestOptions, 'timeoutMs'>
}
