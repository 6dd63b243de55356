/** An access token in the shape that the official SDK's `credentials` option expects. */
export interface AccessToken {
  readonly token: string
  /** Unix seconds; `null` = unknown. */
  readonly expiresAt: number | null
}
