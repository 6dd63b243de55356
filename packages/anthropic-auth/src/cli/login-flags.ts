import type { OAuthMode } from '@anthropic-auth/core'
import type { CommonFlags } from './common-flags.ts'

/** The flags of `login`, as the parser returns them. */
export interface LoginFlags extends CommonFlags {
  readonly mode?: OAuthMode
  readonly browser: boolean
  readonly port?: readonly number[]
  readonly timeout: number
  readonly clientId?: string
  readonly scope?: readonly string[]
  readonly organization?: string
  readonly workspace?: string
  readonly consoleUrl?: string
  readonly printTokens?: boolean
}
