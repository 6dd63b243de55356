import type { Context } from 'hono'
import type { AccountHold } from './account-hold.ts'
import type { Account, Organization, Workspace } from './account.ts'
import type { AuthorizationCodes } from './authorization-code.ts'
import type { ClientRegistry } from './client-registry.ts'
import type { EmulatorFederationRule } from './federation-rule.ts'
import type { LoginNumbers } from './login-numbers.ts'
import type { PendingConsents } from './pending-consents.ts'
import type { RequestTrace } from './request-trace.ts'
import type { Sessions } from './session.ts'

/** The rules for issuing tokens, which a fault can change. */
export interface IssuePolicy {
  /** Requested scopes that are silently not granted. */
  readonly withheldScopes: readonly string[]
  /** Whether a refresh gives a new refresh token. */
  readonly rotate: boolean
  /** The organization to grant instead of the requested one; `null` for the requested one. */
  readonly organization: Organization | null
  /** The workspace to grant instead of the requested one; `null` for the requested one. */
  readonly workspace: Workspace | null
}

/** The values that the framework passes to a handler, for one request. */
export interface RequestEnvironment {
  readonly requestId: string
  readonly bodyTooLarge: boolean
  readonly issuePolicy: IssuePolicy
  readonly trace: RequestTrace
}

/** The type arguments of the framework's app. */
export interface AppEnvironment {
  Bindings: RequestEnvironment
}

/** The framework's context of one request. */
export type AppContext = Context<AppEnvironment, string>

/** The memory of one emulator, shared by its origins. */
export interface ServerState {
  readonly url: string
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  readonly account: Account
  readonly hold: AccountHold
  readonly clients: ClientRegistry
  readonly logins: LoginNumbers
  readonly consents: PendingConsents
  readonly codes: AuthorizationCodes
  readonly sessions: Sessions
  /** `undefined` accepts every rule id. */
  readonly federationRules: readonly EmulatorFederationRule[] | undefined
  readonly tokenLifetimeSeconds: number
}
