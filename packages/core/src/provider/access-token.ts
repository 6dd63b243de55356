/** An access token in the shape that the official SDK's `credentials` option expects. */
export interface AccessToken {
  readonly token: string
  /** Unix seconds; `null` = unknown. */
  readonly expiresAt: number | null
}

/**
 * Returns a valid access token at each call. The token providers of these packages and of the official SDK have this
 * type.
 *
 * After a 401, `forceRefresh` requests a new token. `signal` ends the wait of this caller.
 */
// With `| undefined`, the official SDK's providers would not be assignable.
export type AccessTokenProvider = (options?: {
  forceRefresh?: boolean
  signal?: AbortSignal
}) => Promise<AccessToken>
