import type { AnthropicAuthError } from '@anthropic-auth/core'
import { sentences } from '@anthropic-auth/login/internal'

const WHOLE = "That isn't the whole code. Copy all of it from the page, including the part after #."
const OTHER = 'Paste the code from the page.'

/** The texts about a paste, by the reason of the error. The library's own messages are for developers. */
const NOTICES: Readonly<Record<string, string>> = {
  incomplete: WHOLE,
  missing_state: WHOLE,
  missing_code: "That isn't the whole code. Copy all of it from the page, including the part before #.",
  not_a_code: "That isn't a code. Copy the whole code from the page.",
  characters: "That isn't a code. Copy only the code from the page, without the words around it.",
  too_long: 'That is longer than any code. Copy only the code from the page.',
  two_answers: 'That is more than one code. Paste only the newest.',
  repeated_parameter: 'That link contains the code twice. Copy it from the address bar again.',
  authorization_url:
    'That is the link that starts the login. Open it in a browser, allow access, and paste the code that the page then shows.',
  api_key: `That is an API key or a token. Revoke it if others may have seen it. ${OTHER}`,
  json: `That is JSON. ${OTHER}`,
  scheme: `That link isn't from this login. ${OTHER}`,
  userinfo: `That link contains a user name. ${OTHER}`,
  email_code:
    'That is the code from your e-mail. Type it into the browser, allow access, and paste the code that the page then shows.',
}

const OTHER_LOGIN =
  'That code is from a different login. Open the newest link, and paste the code that it shows.'

/** Returns the text about a paste that was refused. It contains nothing of the paste. */
export function pasteNotice({ code, reason, message, hint }: AnthropicAuthError): string {
  const own = Object.hasOwn(NOTICES, reason ?? '') ? NOTICES[reason ?? ''] : undefined
  if (own !== undefined) return own
  return code === 'state_mismatch' ? OTHER_LOGIN : sentences(message, hint)
}
