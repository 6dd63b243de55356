import { timingSafeEqual } from '@anthropic-auth/pkce/internal'
import { isJsonObject } from '../syntax/json-object.ts'
import { membersOf } from '../syntax/members.ts'
import { isSameUri } from '../syntax/url-rules.ts'
import { invalidResponse } from './authorization-response-error.ts'
import { linesOf, splitCodeAndState, trimPaste } from './pasted-text.ts'

/** An authorization response whose state hasn't been compared yet. Missing parts are empty. */
export interface UncheckedResponse {
  readonly code: string
  readonly state: string
  readonly error: string
  readonly errorDescription: string
  readonly errorUri: string
}

/** The flow that a response must belong to. */
export interface ExpectedFlow {
  readonly state: string
  /** A redirect URL that equals this URI up to the query may have any scheme. */
  readonly redirectUri?: string | undefined
}

const NO_ERROR = { error: '', errorDescription: '', errorUri: '' }

const MAX_LENGTH = 8192

// To take linear time, no pattern here backtracks more than once over a text.
const EMAIL_CODE = /^[0-9]{6}$/
const API_KEY = /^sk-ant-/i
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
const HTTP_URL = /^https?:/i
const HTTP_USERINFO = /^https?:[/\\]*[^/\\?#]*@/i
/** Some address bars show a URL without its scheme. */
const HOST_AND_PORT = /^[a-z0-9.-]+:[0-9]{1,5}\//i
const PARAMETER = /(?:^|[?&])(?:code|state|error)=/
/** A query alone: its first parameter begins before any slash or question mark. */
const BARE_QUERY = /^[^/?=]*=/
/** In a wrapped response, only one line matches. */
const RESPONSE_IN_LINE = /#|(?:^|[?&\s])(?:code|error)=/
/** 0x21 to 0x7E without quotes, backtick, `<` and `>`. */
const VISIBLE = /^[!#-&(-;=?-_a-~]*$/

/**
 * Finds the code and the state in any accepted form. Doesn't compare the state.
 *
 * @throws AnthropicAuthError `invalid_authorization_response`
 * @throws TypeError when `input` has none of the accepted types
 */
export function readAuthorizationResponse(
  input: unknown,
  expected: ExpectedFlow,
  requireState: boolean,
): UncheckedResponse {
  if (typeof input === 'string') return readText(input, expected, requireState)
  if (input instanceof URL) return readUrl(input, expected)
  if (input instanceof URLSearchParams) {
    checkLength(input.toString().length)
    return readParameters(input)
  }
  return readMembers(input)
}

function readText(input: string, expected: ExpectedFlow, requireState: boolean): UncheckedResponse {
  checkLength(input.length)
  const lines = linesOf(trimPaste(input))
  const text = lines.join('')
  refuseOtherText(text, expected)
  if (lines.filter((line) => RESPONSE_IN_LINE.test(line)).length > 1) throw invalidResponse('two_answers')
  if (lines.length === 1) return readLine(text, expected) ?? readBareCode(text, expected, requireState)
  const response = readLine(text, expected)
  // Only the right state proves that the lines are parts of one response.
  if (response === null || !timingSafeEqual(response.state, expected.state)) {
    throw invalidResponse('characters')
  }
  return response
}

function refuseOtherText(text: string, expected: ExpectedFlow): void {
  if (text === '') throw invalidResponse('empty')
  if (/^[{[]/.test(text)) throw invalidResponse('json')
  if (EMAIL_CODE.test(text)) throw invalidResponse('email_code')
  if (API_KEY.test(text)) throw invalidResponse('api_key')
  if (HTTP_USERINFO.test(text)) throw invalidResponse('userinfo')
  if (SCHEME.test(text) && !isUrl(text, expected)) throw invalidResponse('scheme')
}

/** Reads the code and the state from one line. Returns `null` for a code alone. */
function readLine(text: string, expected: ExpectedFlow): UncheckedResponse | null {
  if (isUrl(text, expected)) return readQuery(text)
  if (/^[?/]/.test(text) || PARAMETER.test(text)) return readQuery(text)
  checkCharacters(text)
  const [code = '', state, ...others] = splitCodeAndState(text)
  if (others.length > 0) throw invalidResponse('two_answers')
  return state === undefined ? null : { code, state, ...NO_ERROR }
}

function isUrl(text: string, { redirectUri }: ExpectedFlow): boolean {
  return HTTP_URL.test(text) || HOST_AND_PORT.test(text) || isSameUri(text, redirectUri)
}

/** Doesn't use `new URL()`, which corrects its input. The scheme, host and path don't matter. */
function readQuery(text: string): UncheckedResponse {
  return readParameters(new URLSearchParams(queryOf(text.replace(/#[^]*/, ''))))
}

function queryOf(text: string): string {
  const questionMark = text.indexOf('?')
  if (questionMark !== -1 && SCHEME.test(text)) return text.slice(questionMark + 1)
  if (BARE_QUERY.test(text)) return text
  return questionMark === -1 ? '' : text.slice(questionMark + 1)
}

function readUrl(url: URL, { redirectUri }: ExpectedFlow): UncheckedResponse {
  checkLength(url.href.length)
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  if (!isWeb && !isSameUri(url.href, redirectUri)) throw invalidResponse('scheme')
  if (url.username !== '' || url.password !== '') throw invalidResponse('userinfo')
  return readParameters(url.searchParams)
}

function readParameters(parameters: URLSearchParams): UncheckedResponse {
  if (isAuthorizationRequest(parameters)) throw invalidResponse('authorization_url')
  const codes = parameters.getAll('code')
  const states = parameters.getAll('state')
  const error = parameters.get('error')
  if (codes.length === 0 && states.length === 0 && error === null) throw invalidResponse('missing_code')
  for (const value of [...codes, ...states]) checkCharacters(value)
  if (codes.length > 1 || states.length > 1) throw invalidResponse('repeated_parameter')
  return {
    code: codes[0] ?? '',
    state: states[0] ?? '',
    error: error ?? '',
    errorDescription: parameters.get('error_description') ?? '',
    errorUri: parameters.get('error_uri') ?? '',
  }
}

/** The login link may look like a response: it has the right state, and may have `code=true`. */
function isAuthorizationRequest(parameters: URLSearchParams): boolean {
  return parameters.has('code_challenge') || parameters.has('response_type')
}

function readBareCode(code: string, expected: ExpectedFlow, requireState: boolean): UncheckedResponse {
  if (timingSafeEqual(code, expected.state)) throw invalidResponse('missing_code')
  if (requireState) throw invalidResponse('missing_state')
  return { code, state: expected.state, ...NO_ERROR }
}

function readMembers(input: unknown): UncheckedResponse {
  const { code, state } = isJsonObject(input) ? membersOf(input) : {}
  if (typeof code !== 'string' || typeof state !== 'string') {
    throw new TypeError(
      'The authorization response must be a string, a URL, URLSearchParams or { code, state }',
    )
  }
  checkLength(code.length + state.length)
  checkCharacters(code)
  checkCharacters(state)
  return { code, state, ...NO_ERROR }
}

function checkLength(length: number): void {
  if (length > MAX_LENGTH) throw invalidResponse('too_long')
}

function checkCharacters(value: string): void {
  if (!VISIBLE.test(value)) throw invalidResponse('characters')
}
