/** An access token as the official SDK's `credentials` option takes it. */
export interface AccessToken {
  readonly token: string
  /** Unix seconds; `null` = unknown. */
  readonly expiresAt: number | null
}
