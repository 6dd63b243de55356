import { timingSafeEqual } from '@anthropic-auth/pkce'

import type { AuthorizationResponse } from './authorization-response.ts'
import { trimPaste } from './authorization-response-paste.ts'
import { refusal } from './authorization-response-refusal.ts'

/** An authorization response before its state was compared; what it doesn't have is empty. */
export interface Answer {
  readonly code: string
  readonly state: string
  readonly error: string
  readonly errorDescription: string
  readonly errorUri: string
}

const NO_ERROR = { error: '', errorDescription: '', errorUri: '' }

const MAX_LENGTH = 8192

// No pattern here backtracks more than once over a text, so that each takes linear time.
const EMAIL_CODE = /^[0-9]{6}$/
const API_KEY = /^sk-ant-/i
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
const HTTP_URL = /^https?:/i
const HTTP_USERINFO = /^https?:[/\\]*[^/\\?#]*@/i
/** A URL as some address bars show it, without its scheme. */
const HOST_AND_PORT = /^[a-z0-9.-]+:[0-9]{1,5}\//i
const PARAMETER = /(?:^|[?&])(?:code|state|error)=/
/** A query that stands alone, since its first parameter has begun before any path or question mark. */
const BARE_QUERY = /^[^/?=]*=/
/** Of the two lines of a wrapped query, only one has the code. */
const ANSWER_IN_LINE = /#|(?:^|[?&\s])(?:code|error)=/
const LINE_BREAKS = /[\r\n]+/
/** 0x21 to 0x7E without quotes, backtick, `<` and `>`. */
const VISIBLE = /^[!#-&(-;=?-_a-~]*$/

/**
 * Finds code and state in whatever shape they come, without comparing the state.
 *
 * @throws AnthropicAuthError `invalid_authorization_response`
 * @throws TypeError when `input` has none of the accepted types
 */
export function readAnswer(input: unknown, expectedState: string, requireState: boolean): Answer {
  if (typeof input === 'string') return readText(input, expectedState, requireState)
  if (input instanceof URL) return readUrl(input)
  if (input instanceof URLSearchParams) {
    checkLength(input.toString().length)
    return readParameters(input)
  }
  return readMembers(input)
}

function readText(input: string, expectedState: string, requireState: boolean): Answer {
  checkLength(input.length)
  const text = trimPaste(input)
  refuseOtherText(text)
  if (isUrl(text) || /^[?/]/.test(text) || PARAMETER.test(text)) return readQuery(text)
  return readCodeAndState(text, expectedState, requireState)
}

function refuseOtherText(text: string): void {
  if (text === '') throw refusal('empty')
  if (/^[{[]/.test(text)) throw refusal('json')
  if (EMAIL_CODE.test(text)) throw refusal('email_code')
  if (API_KEY.test(text)) throw refusal('api_key')
  if (SCHEME.test(text) && !isUrl(text)) throw refusal('scheme')
  if (HTTP_USERINFO.test(text)) throw refusal('userinfo')
  const answers = text.split(LINE_BREAKS).filter((line) => ANSWER_IN_LINE.test(line))
  if (answers.length > 1) throw refusal('two_answers')
}

function isUrl(text: string): boolean {
  return HTTP_URL.test(text) || HOST_AND_PORT.test(text)
}

/** Not through `new URL()`, which mends what it is given; scheme, host and path play no part in the answer. */
function readQuery(text: string): Answer {
  const parameters = new URLSearchParams(queryOf(text.replace(/#[^]*/, '')))
  if (LINE_BREAKS.test(text) && !isAuthorizationRequest(parameters)) throw refusal('characters')
  return readParameters(parameters)
}

function queryOf(text: string): string {
  if (BARE_QUERY.test(text)) return text
  const questionMark = text.indexOf('?')
  return questionMark === -1 ? '' : text.slice(questionMark + 1)
}

function readUrl(url: URL): Answer {
  checkLength(url.href.length)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refusal('scheme')
  if (url.username !== '' || url.password !== '') throw refusal('userinfo')
  return readParameters(url.searchParams)
}

function readParameters(parameters: URLSearchParams): Answer {
  if (isAuthorizationRequest(parameters)) throw refusal('authorization_url')
  const codes = parameters.getAll('code')
  const states = parameters.getAll('state')
  const error = parameters.get('error')
  if (codes.length === 0 && states.length === 0 && error === null) throw refusal('missing_code')
  for (const value of [...codes, ...states]) checkCharacters(value)
  if (codes.length > 1 || states.length > 1) throw refusal('repeated_parameter')
  return {
    code: codes[0] ?? '',
    state: states[0] ?? '',
    error: error ?? '',
    errorDescription: parameters.get('error_description') ?? '',
    errorUri: parameters.get('error_uri') ?? '',
  }
}

/** The login link asks for a code, and may have a `code=true` and the right state itself. */
function isAuthorizationRequest(parameters: URLSearchParams): boolean {
  return parameters.has('code_challenge') || parameters.has('response_type')
}

function readCodeAndState(text: string, expectedState: string, requireState: boolean): Answer {
  const joined = text.replaceAll(new RegExp(LINE_BREAKS, 'g'), '')
  checkCharacters(joined)
  const [code = '', state, ...others] = splitAnswer(joined)
  if (others.length > 0) throw refusal('two_answers')
  // Only the right state shows that the lines are pieces of one answer.
  if (joined !== text && !(state !== undefined && timingSafeEqual(state, expectedState))) {
    throw refusal('characters')
  }
  if (state === undefined) return readBareCode(code, expectedState, requireState)
  return { code, state, ...NO_ERROR }
}

/** Some terminals and chats escape the `#`. */
function splitAnswer(text: string): string[] {
  return text.split(text.includes('#') ? '#' : '%23')
}

function readBareCode(code: string, expectedState: string, requireState: boolean): Answer {
  if (timingSafeEqual(code, expectedState)) throw refusal('missing_code')
  if (requireState) throw refusal('missing_state')
  return { code, state: expectedState, ...NO_ERROR }
}

function readMembers(input: unknown): Answer {
  if (!isAuthorizationResponse(input)) {
    throw new TypeError('An authorization response is a string, URL, URLSearchParams or { code, state }')
  }
  const { code, state } = input
  checkLength(code.length + state.length)
  checkCharacters(code)
  checkCharacters(state)
  return { code, state, ...NO_ERROR }
}

function isAuthorizationResponse(input: unknown): input is AuthorizationResponse {
  if (typeof input !== 'object' || input === null || !('code' in input) || !('state' in input)) return false
  return typeof input.code === 'string' && typeof input.state === 'string'
}

function checkLength(length: number): void {
  if (length > MAX_LENGTH) throw refusal('too_long')
}

function checkCharacters(value: string): void {
  if (!VISIBLE.test(value)) throw refusal('characters')
}
