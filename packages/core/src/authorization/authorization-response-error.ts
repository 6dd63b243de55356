import { COPY_AGAIN } from '../error/error-hint.ts'
import { AnthropicAuthError } from '../error/error.ts'

/** The reasons of `invalid_authorization_response`. */
export type InvalidResponseReason =
  | 'empty'
  | 'too_long'
  | 'characters'
  | 'two_answers'
  | 'repeated_parameter'
  | 'missing_code'
  | 'missing_state'
  | 'authorization_url'
  | 'api_key'
  | 'json'
  | 'scheme'
  | 'userinfo'
  | 'email_code'

/** These texts are fixed, since the input may be a secret: no message may quote it. */
const MESSAGES: Readonly<Record<InvalidResponseReason, string>> = {
  empty: 'The authorization response is empty',
  too_long: 'The authorization response is longer than 8,192 characters',
  characters:
    "The authorization response contains a space, a line break or another character that can't be part of a code or state",
  two_answers: 'There is more than one authorization response',
  repeated_parameter: 'The authorization response contains the code or the state twice',
  missing_code: 'The authorization response has no code',
  missing_state: 'The authorization response has no state',
  authorization_url: 'This is the link that starts the login, not the authorization response',
  api_key: 'This is an API key or a token, not the authorization response',
  json: 'This is JSON, not the authorization response',
  scheme: 'The authorization response is a link with the wrong scheme',
  userinfo: 'The authorization response is a link that contains a user name or password',
  email_code: 'These six digits are the code from a login e-mail, not the authorization response',
}

const UNCHANGED_URL = 'Use the URL that the browser shows after access was allowed'

/** More precise hints than that of the code. */
const HINTS: { readonly [Reason in InvalidResponseReason]?: string } = {
  characters: 'Copy only the code (code#state), without any words around it, and try again.',
  two_answers: 'Use only one response, the newest.',
  repeated_parameter: `${UNCHANGED_URL}, unchanged.`,
  missing_code: `The code is missing. ${COPY_AGAIN}`,
  missing_state: `The state is missing. ${COPY_AGAIN}`,
  authorization_url:
    'Open this link in a browser, allow access, and use the code that the browser then shows.',
  api_key: `Revoke this key or token if others may have seen it. ${COPY_AGAIN}`,
  json: 'Use only the code, in the form code#state.',
  scheme: 'Use the code (code#state), or a URL that begins like the redirectUri of this login.',
  userinfo: `${UNCHANGED_URL}, which has no user name.`,
  email_code: 'Type this code into the browser, allow access, and use the code that the browser then shows.',
}

/** Returns the error for an authorization response that can't be read. */
export function invalidResponse(reason: InvalidResponseReason): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', MESSAGES[reason], {
    reason,
    hint: HINTS[reason],
  })
}
