import {
  type AnthropicAuthError,
  type AuthorizationResponse,
  isAnthropicAuthError,
  type OAuthFlow,
  parseAuthorizationResponse,
} from '@anthropic-auth/core'
import { notACode } from './refused-code.ts'

/** An authorization response, and the flow that it belongs to. */
export interface LoginAnswer {
  readonly flow: OAuthFlow
  readonly response: AuthorizationResponse
  /** Whether the user pasted it. Then it may be incomplete or old, and only the server can tell. */
  readonly isPasted: boolean
}

/** The flows that a pasted response may belong to. */
export interface PasteFlows {
  /** The flow that ends on the hosted code page. */
  readonly paste: OAuthFlow
  /** The flow that ends on loopback. A browser on another machine shows its response in the address bar. */
  readonly loopback: OAuthFlow | null
  /** Whether a code needs its state. */
  readonly requireState: boolean
}

/** A code without its state. The server's codes are longer, so a shorter text or a number is something else. */
const BARE_CODE = /^(?!\d+$)[A-Za-z0-9._~-]{20,}$/

/**
 * Reads what the user pasted, and finds its flow by its state. A code without a state belongs to the paste flow.
 *
 * @throws AnthropicAuthError as `parseAuthorizationResponse()`, or `invalid_authorization_response` with the reason
 *   `not_a_code` for a text without a state that can't be a code
 */
export function readPastedAnswer(text: string, { paste, loopback, requireState }: PasteFlows): LoginAnswer {
  for (const flow of loopback === null ? [paste] : [paste, loopback]) {
    const answer = answerTo(flow, text)
    if (!isAnthropicAuthError(answer)) return answer
    // It has the state of this flow but no code, so it must not be sent as a code without a state.
    if (answer.reason === 'missing_code') throw answer
  }
  const response = parseAuthorizationResponse(text, paste, { requireState })
  // The rest of a response that was pasted in pieces is no code: it may be a piece of the state.
  const isPiece = [paste, loopback].some((flow) => flow?.state.includes(response.code))
  if (isPiece || !BARE_CODE.test(response.code)) throw notACode()
  return { flow: paste, response, isPasted: true }
}

/**
 * Joins a text with the refused ones before it, in case one response came in pieces: a terminal or a pipe gives a line
 * at a time.
 *
 * @returns the answer, or `null` unless the whole has the state of this login and begins with the earlier pieces
 */
export function joinPastedPieces(
  earlier: readonly string[],
  text: string,
  flows: PasteFlows,
): LoginAnswer | null {
  for (let count = Math.min(earlier.length, MAX_PIECES - 1); count >= 1; count -= 1) {
    const joined = [...earlier.slice(-count), text].map((piece) => piece.trim()).join('')
    for (const flow of flows.loopback === null ? [flows.paste] : [flows.paste, flows.loopback]) {
      const answer = joined.length <= MAX_LENGTH ? pieceAnswer(flow, joined) : null
      if (answer !== null) return answer
    }
  }
  return null
}

/** A response that is wrapped more often is too narrow to be one. */
const MAX_PIECES = 4
const MAX_LENGTH = 8192

function pieceAnswer(flow: OAuthFlow, joined: string): LoginAnswer | null {
  try {
    const answer = answerTo(flow, joined)
    return isAnthropicAuthError(answer) ? null : answer
  } catch {
    return null
  }
}

/** Errors that mean that the server has refused this login. */
const FINAL_CODES = new Set<string>(['authorization_denied', 'account_on_hold', 'oauth_error'])

/** Whether the error is the server's response to this login: asking again would not change it. */
export function isServersAnswer(error: unknown): boolean {
  return isAnthropicAuthError(error) && FINAL_CODES.has(error.code)
}

function answerTo(flow: OAuthFlow, text: string): LoginAnswer | AnthropicAuthError {
  try {
    return { flow, response: parseAuthorizationResponse(text, flow), isPasted: true }
  } catch (error) {
    if (isAnthropicAuthError(error) && !isServersAnswer(error)) return error
    throw error
  }
}
