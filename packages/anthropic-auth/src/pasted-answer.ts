import {
  type AnthropicAuthError,
  type AuthorizationResponse,
  isAnthropicAuthError,
  type OAuthFlow,
  parseAuthorizationResponse,
} from '@anthropic-auth/core'

/** An answer, and the flow that it belongs to. */
export interface LoginAnswer {
  readonly flow: OAuthFlow
  readonly response: AuthorizationResponse
  /** It brought the flow's state. A bare code does not, and only the server can tell whether it is one. */
  readonly isCertain: boolean
}

/** The flows that a pasted answer may belong to. */
export interface PasteFlows {
  /** The one that ends on the hosted code page. */
  readonly paste: OAuthFlow
  /** The one that ends on loopback: its answer stands in the address bar of a browser on another machine. */
  readonly loopback: OAuthFlow | null
  /** Whether the code page's answer must bring its state. */
  readonly requireState: boolean
}

/**
 * Reads what a person pasted, and finds its flow by its state. A bare code belongs to the paste flow.
 *
 * @throws AnthropicAuthError as `parseAuthorizationResponse()`
 */
export function readPastedAnswer(text: string, { paste, loopback, requireState }: PasteFlows): LoginAnswer {
  for (const flow of loopback === null ? [paste] : [paste, loopback]) {
    const answer = answerTo(flow, text)
    if (!isAnthropicAuthError(answer)) return answer
    // It has this flow's state, and nothing else to offer: not even as a code alone may it be sent.
    if (answer.reason === 'missing_code') throw answer
  }
  const response = parseAuthorizationResponse(text, paste, { requireState })
  return { flow: paste, response, isCertain: false }
}

/** Errors that mean that the server has refused this login. */
const FINAL_CODES = new Set<string>(['authorization_denied', 'account_on_hold', 'oauth_error'])

/** Whether it is the server's answer to this very login: asking again would bring no other. */
export function isServersAnswer(error: unknown): boolean {
  return isAnthropicAuthError(error) && FINAL_CODES.has(error.code)
}

function answerTo(flow: OAuthFlow, text: string): LoginAnswer | AnthropicAuthError {
  try {
    return { flow, response: parseAuthorizationResponse(text, flow), isCertain: true }
  } catch (error) {
    if (isAnthropicAuthError(error) && !isServersAnswer(error)) return error
    throw error
  }
}
