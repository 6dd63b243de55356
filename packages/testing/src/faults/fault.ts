/** An endpoint whose answers can be made to fail. */
export type FaultEndpoint = 'token' | 'apiKey' | 'profile' | 'revoke' | 'messages'

/** The request is processed at once; its answer starts after `ms` milliseconds. */
export interface DelayFault {
  readonly type: 'delay'
  readonly ms: number
}

/** The request is processed; the head of the answer comes at once, its body one byte every `intervalMs` milliseconds. */
export interface DripFault {
  readonly type: 'drip'
  readonly intervalMs: number
}

/** The connection is reset: the request was read, and nothing was done. */
export interface ResetBeforeFault {
  readonly type: 'reset_before'
}

/** The request is processed, then the connection is reset: the answer is lost, what was done stays done. */
export interface ResetAfterFault {
  readonly type: 'reset_after'
}

/** The request is processed and never answered; the connection stays open until one side closes it. */
export interface NoAnswerFault {
  readonly type: 'no_answer'
}

/** A redirect in place of the answer; nothing is done. */
export interface RedirectFault {
  readonly type: 'redirect'
  /** Default 307, which makes a client that follows it send its body again. */
  readonly status?: 301 | 302 | 303 | 307 | 308 | undefined
  /** The `Location`, as it is sent. */
  readonly location: string
}

/** Status 429 with Anthropic's error body; nothing is done. */
export interface RateLimitFault {
  readonly type: 'rate_limit'
  /** The `Retry-After`: seconds, or the text of the header, such as an HTTP date. Default: no such header. */
  readonly retryAfter?: number | string | undefined
}

/** An error of the server with Anthropic's error body; nothing is done. */
export interface ServerErrorFault {
  readonly type: 'server_error'
  /** 500 to 599; default 500. */
  readonly status?: number | undefined
  /** The `Retry-After`, as for `rate_limit`. */
  readonly retryAfter?: number | string | undefined
}

/** A page in HTML, as a proxy answers; nothing is done. */
export interface HtmlFault {
  readonly type: 'html'
  /** Such as 403, 502 or even 200. */
  readonly status: number
}

/** Status 200 and a JSON object of `bytes` bytes, sent in pieces without a length; nothing is done. */
export interface OversizeFault {
  readonly type: 'oversize'
  readonly bytes: number
}

/** Status 200 and a JSON object that is small in gzip and `bytes` bytes when decompressed; nothing is done. */
export interface GzipBombFault {
  readonly type: 'gzip_bomb'
  readonly bytes: number
}

/** An answer of your own, well formed or not: a wrong type, no JSON, a truncated body; nothing is done. */
export interface BodyFault {
  readonly type: 'body'
  /** Default 200. */
  readonly status?: number | undefined
  /** Default `application/json`. */
  readonly contentType?: string | undefined
  readonly body: string
}

/** The request is processed; members of its successful JSON answer are changed, added or left out. */
export interface ChangedAnswerFault {
  readonly type: 'changed_answer'
  /** Members that replace those of the answer, or join them; by wire name. */
  readonly merge?: Readonly<Record<string, unknown>> | undefined
  /** Members that are left out; by wire name. */
  readonly omit?: readonly string[] | undefined
}

/** The token endpoint grants everything but these scopes, without a word, as the real server does. */
export interface DroppedScopeFault {
  readonly type: 'dropped_scope'
  readonly scopes: readonly string[]
}

/** The token endpoint answers a refresh without a new refresh token; the old one stays valid. */
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

/** What goes wrong with an answer. */
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
