import type { OAuthClient, OAuthConfig, OAuthFlow, TokenSet } from '@anthropic-auth/core'
import type { BlockingOAuthClient } from '@anthropic-auth/blocking'
import type { RemoteEmulator } from './remote-emulator.ts'

/** A client of either kind: its methods return a value or a promise. */
export type EitherClient = OAuthClient | BlockingOAuthClient

/** The tools of a case. */
export interface Setting {
  readonly emulator: RemoteEmulator
  /** Creates a client of the kind that the case runs for; its endpoints are the emulator's by default. */
  readonly createClient: (config?: OAuthConfig) => EitherClient
  /** A flow that the user has approved, and the `code#state` that they paste. */
  readonly approved: (client: EitherClient) => Promise<{ readonly flow: OAuthFlow; readonly pasted: string }>
  /** Fresh tokens. */
  readonly tokens: () => Promise<TokenSet>
}

/** One behavior that both clients share. */
export interface ContractCase {
  readonly name: string
  /** `ok`, the code of an AnthropicAuthError, or the name of another error. */
  readonly ends: string
  readonly run: (setting: Setting) => unknown
}
