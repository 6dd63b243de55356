import type { Endpoints } from '@anthropic-auth/core'

/** The setup for a runtime, as plain data, since it crosses into other processes and pages. */
export interface CheckSetup {
  /** A part of `navigator.userAgent` in the expected runtime. */
  readonly userAgent: string
  /** The branch of pkce's `#crypto` that the runtime must choose. */
  readonly crypto: 'native' | 'portable'
  /** `null` where the runtime can't reach the emulator. */
  readonly emulator: ReachableEmulator | null
}

export interface ReachableEmulator {
  readonly endpoints: Endpoints
  /** POST an authorization URL here and get the `code#state` that the user would paste. */
  readonly approveUrl: string
}
