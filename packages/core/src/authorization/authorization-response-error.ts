import { AnthropicAuthError } from '../error/error.ts'

/** Why an authorization response can not be read: the `reason` of `invalid_authorization_response`. */
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

/** Fixed texts: what was given may be a secret, so that no part of it may stand in a message. */
const MESSAGES: Readonly<Record<InvalidResponseReason, string>> = {
  empty: 'The authorization response is empty',
  too_long: 'The authorization response is longer than 8,192 characters',
  characters:
    'The authorization response has a space, a line break or another character that no code or state has',
  two_answers: 'There is more than one authorization response',
  repeated_parameter: 'The authorization response has its code or its state twice',
  missing_code: 'The authorization response has no code',
  missing_state: 'The authorization response has no state',
  authorization_url: 'This is the link that starts the login, not the authorization response',
  api_key: 'This is an API key or a token, not the authorization response',
  json: 'This is JSON, not the authorization response',
  scheme: 'The authorization response begins like a link, but not like one of http or https',
  userinfo: 'The authorization response is a link with a user name or a password in it',
  email_code: 'These six digits are the code of a login e-mail, not the authorization response',
}

/** The error for an authorization response that can not be read. */
export function invalidResponse(reason: InvalidResponseReason): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', MESSAGES[reason], { reason })
}
