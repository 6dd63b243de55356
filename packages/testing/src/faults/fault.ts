/** An endpoint that can be made to fail. */
export type FaultEndpoint = 'token' | 'apiKey' | 'profile' | 'revoke' | 'messages'

/** The request is processed at once. The response starts after `ms` milliseconds. */
export interface DelayFault {
  readonly type: 'delay'
  readonly ms: number
}

/** The request is processed. The body of the response arrives one byte every `intervalMs` milliseconds. */
export interface DripFault {
  readonly type: 'drip'
  readonly intervalMs: number
}

/** The connection is reset after the request was read. Nothing is done. */
export interface ResetBeforeFault {
  readonly type: 'reset_before'
}

/** The request is processed, then the connection is reset: the response is lost. */
export interface ResetAfterFault {
  readonly type: 'reset_after'
}

/** The request is processed, but no response is sent. The connection stays open until one side closes it. */
export interface NoAnswerFault {
  readonly type: 'no_answer'
}

/** The response is a redirect. Nothing is done. */
export interface RedirectFault {
  readonly type: 'redirect'
  /**
   * A client that follows 307 or 308 sends its body again.
   *
   * @default 307
   */
  readonly status?: 301 | 302 | 303 | 307 | 308 | undefined
  /** The `Location` header. */
  readonly location: string
}

/** The response is 429 with Anthropic's error body. Nothing is done. */
export interface RateLimitFault {
  readonly type: 'rate_limit'
  /**
   * The `Retry-After` header: seconds, or text such as an HTTP date.
   *
   * @default no header
   */
  readonly retryAfter?: number | string | undefined
}

/** The response is a server error with Anthropic's error body. Nothing is done. */
export interface ServerErrorFault {
  readonly type: 'server_error'
  /**
   * 500 to 599.
   *
   * @default 500
   */
  readonly status?: number | undefined
  /**
   * The `Retry-After` header, as for `rate_limit`.
   *
   * @default no header
   */
  readonly retryAfter?: number | string | undefined
}

/** The response is a web page, like that of a proxy. Nothing is done. */
export interface HtmlFault {
  readonly type: 'html'
  /** Such as 403, 502 or even 200. */
  readonly status: number
}

/** The response is 200 with a JSON object of `bytes` bytes, in pieces and without a length. Nothing is done. */
export interface OversizeFault {
  readonly type: 'oversize'
  readonly bytes: number
}

/** The response is 200 with a small gzip body that decompresses to `bytes` bytes of JSON. Nothing is done. */
export interface GzipBombFault {
  readonly type: 'gzip_bomb'
  readonly bytes: number
}

/** The response is your own, well-formed or not: a wrong type, a truncated body. Nothing is done. */
export interface BodyFault {
  readonly type: 'body'
  /** @default 200 */
  readonly status?: number | undefined
  /** @default 'application/json' */
  readonly contentType?: string | undefined
  readonly body: string
}

/** The request is processed. Members of its successful JSON response are changed, added or left out. */
export interface ChangedAnswerFault {
  readonly type: 'changed_answer'
  /** Members to change or add, by wire name. */
  readonly merge?: Readonly<Record<string, unknown>> | undefined
  /** Members to leave out, by wire name. */
  readonly omit?: readonly string[] | undefined
}

/** The token endpoint silently drops these scopes, as the real server does. */
export interface DroppedScopeFault {
  readonly type: 'dropped_scope'
  readonly scopes: readonly string[]
}

/** A refresh returns no new refresh token. The old one stays valid. */
export interface NoRotationFault {
  readonly type: 'no_rotation'
}

/** The token endpoint grants a different organization than requested. */
export interface OtherOrganizationFault {
  readonly type: 'other_organization'
  /**
   * Its UUID.
   *
   * @default 'f3a9c1d7-5e20-4b68-9d34-0c7e81b2a6f5'
   */
  readonly id?: string | undefined
  /** @default 'Other Organization' */
  readonly name?: string | undefined
}

/** The token endpoint grants a different workspace than requested. */
export interface OtherWorkspaceFault {
  readonly type: 'other_workspace'
  /** @default 'wrkspc_other' */
  readonly id?: string | undefined
  /** @default 'Other Workspace' */
  readonly name?: string | undefined
}

/**
 * The API refuses the token of a subscription, with status 400 and the words of the real API. The request is not processed.
 * Refreshing the token doesn't help.
 */
export interface SubscriptionRefusedFault {
  readonly type: 'subscription_refused'
  /**
   * `claude_code_only`: the token may be used in Claude Code only. `extra_usage`: use in other programs is paid for separately.
   *
   * @default 'claude_code_only'
   */
  readonly wording?: 'claude_code_only' | 'extra_usage' | undefined
}

/**
 * The API refuses to create a key until the organization is verified: status 403 with `verification_required`. Nothing
 * is done.
 */
export interface VerificationRequiredFault {
  readonly type: 'verification_required'
  /**
   * Whether only an administrator can verify the organization.
   *
   * @default false
   */
  readonly adminRequired?: boolean | undefined
  /**
   * The page where the user can do that.
   *
   * @default 'https://platform.claude.com/settings/verification'
   */
  readonly remediationUrl?: string | undefined
}

/** A fault: what goes wrong with a request. */
export type Fault =
  | DelayFault
  | DripFault
  | ResetBeforeFault
  | ResetAfterFault
  | NoAnswerFault
  | RedirectFault
  | RateLimitFault
  | ServerErrorFault
  | HtmlFault
  | OversizeFault
  | GzipBombFault
  | BodyFault
  | ChangedAnswerFault
  | DroppedScopeFault
  | NoRotationFault
  | OtherOrganizationFault
  | OtherWorkspaceFault
  | SubscriptionRefusedFault
  | VerificationRequiredFault
