import type { Endpoints } from '@anthropic-auth/core'

/** What a runtime is told; plain data, since it crosses into other processes and pages. */
export interface CheckSetup {
  /** What `navigator.userAgent` contains in the runtime that is meant. */
  readonly userAgent: string
  /** The branch of pkce's `#crypto` that the runtime has to choose. */
  readonly crypto: 'native' | 'portable'
  /** `null` where the runtime can't reach the emulator. */
  readonly emulator: ReachableEmulator | null
}

export interface ReachableEmulator {
  readonly endpoints: Endpoints
  /** POST an authorization URL here and get the `code#state` that the user would paste. */
  readonly approveUrl: string
}
