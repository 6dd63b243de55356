import {
  type AnthropicAuthError,
  type AuthorizationResponse,
  isAnthropicAuthError,
  type OAuthFlow,
  parseAuthorizationResponse,
} from '@anthropic-auth/core'
import { cutShort, notACode } from './refused-code.ts'

/** An authorization response, and the flow that it belongs to. */
export interface LoginResponse {
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
 *   `not_a_code` for a text without a state that can't be a code, or `state_mismatch` with the reason `incomplete` for a
 *   response to this login whose end is missing
 */
export function readPastedResponse(text: string, flows: PasteFlows): LoginResponse {
  try {
    return readWhole(text, flows)
  } catch (error) {
    throw isCutShort(error, text, flows) ? cutShort() : error
  }
}

/** The state at the end of a text. */
const STATE_AT_END = /(?:#|%23|[?&]state=)(?<state>[\w.~-]+)$/

/** Whether the text ends within the state of this login. This only chooses a message: the text is refused either way. */
function isCutShort(error: unknown, text: string, { paste, loopback }: PasteFlows): boolean {
  const isOther = isAnthropicAuthError(error, 'state_mismatch')
  const isWrapped = isAnthropicAuthError(error) && error.reason === 'characters'
  if (!isOther && !isWrapped) return false
  const state = STATE_AT_END.exec(text.replaceAll(/\s/g, ''))?.groups?.['state']
  return state !== undefined && [paste, loopback].some((flow) => flow?.state.startsWith(state))
}

function readWhole(text: string, { paste, loopback, requireState }: PasteFlows): LoginResponse {
  for (const flow of loopback === null ? [paste] : [paste, loopback]) {
    const read = responseTo(flow, text)
    if (!isAnthropicAuthError(read)) return read
    // It has the state of this flow but no code, so it must not be sent as a code without a state.
    if (read.reason === 'missing_code') throw read
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
 * @returns `null` unless the whole has the state of this login and begins with the earlier pieces
 */
export function joinPastedPieces(
  earlier: readonly string[],
  text: string,
  flows: PasteFlows,
): LoginResponse | null {
  for (let count = Math.min(earlier.length, MAX_PIECES - 1); count >= 1; count -= 1) {
    const joined = [...earlier.slice(-count), text].map((piece) => piece.trim()).join('')
    for (const flow of flows.loopback === null ? [flows.paste] : [flows.paste, flows.loopback]) {
      const read = joined.length <= MAX_LENGTH ? joinedResponse(flow, joined) : null
      if (read !== null) return read
    }
  }
  return null
}

/** No terminal is so narrow that it wraps a response into more lines. */
const MAX_PIECES = 4
const MAX_LENGTH = 8192

function joinedResponse(flow: OAuthFlow, joined: string): LoginResponse | null {
  try {
    const read = responseTo(flow, joined)
    return isAnthropicAuthError(read) ? null : read
  } catch {
    return null
  }
}

/** The server's errors in a response. They end the login. */
const FINAL_CODES = new Set<string>(['authorization_denied', 'account_on_hold', 'oauth_error'])

/** Whether the server has refused this login, so that another paste can't change that. */
export function isServerError(error: unknown): boolean {
  return isAnthropicAuthError(error) && FINAL_CODES.has(error.code)
}

function responseTo(flow: OAuthFlow, text: string): LoginResponse | AnthropicAuthError {
  try {
    return { flow, response: parseAuthorizationResponse(text, flow), isPasted: true }
  } catch (error) {
    if (isAnthropicAuthError(error) && !isServerError(error)) return error
    throw error
  }
}
