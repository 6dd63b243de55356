import type { OAuthClient, OAuthConfig, OAuthFlow, TokenSet } from '@anthropic-auth/core'
import type { BlockingOAuthClient } from '@anthropic-auth/blocking'
import type { RemoteEmulator } from './remote-emulator.ts'

/** A client of either kind: what a method returns is there at once or later. */
export type EitherClient = OAuthClient | BlockingOAuthClient

/** What a case starts from. */
export interface Setting {
  readonly emulator: RemoteEmulator
  /** A client of the kind that the case runs for, of the emulator unless the configuration says otherwise. */
  readonly createClient: (config?: OAuthConfig) => EitherClient
  /** A flow that the person has approved, with what they hold then. */
  readonly approved: (client: EitherClient) => Promise<{ readonly flow: OAuthFlow; readonly answer: string }>
  /** Fresh tokens. */
  readonly tokens: () => Promise<TokenSet>
}

/** One thing that both clients must do alike. */
export interface ContractCase {
  readonly name: string
  /** `ok`, the code of an AnthropicAuthError, or the name of another error. */
  readonly ends: string
  readonly run: (setting: Setting) => unknown
}
