/** An access token in the shape that the official SDK's `credentials` option expects. */
export interface AccessToken {
  readonly token: string
  /** Unix seconds; `null` = unknown. */
  readonly expiresAt: number | null
}

/**
 * Gives a valid access token at each call. The token providers of these packages fit, and so do those of the official
 * SDK.
 *
 * `forceRefresh` asks for another token after a 401; `signal` ends the wait of this caller.
 */
// Without `| undefined`: with it, the official SDK's providers would not be assignable.
export type AccessTokenProvider = (options?: {
  forceRefresh?: boolean
  signal?: AbortSignal
}) => Promise<AccessToken>
