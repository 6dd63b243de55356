import { containSecret } from './redaction.ts'

const MAX_LENGTH = 2000
/** How many levels of percent-encoding are decoded. No honest link has more. */
const MAX_DECODINGS = 4

/** An https URL without a user name, which could imitate another host: `https://claude.ai@evil.example`. */
const HTTPS_URL = /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?(?=[/?#]|$)/i
/** Visible ASCII without quotes, backslash, backtick, `<` and `>`. */
const URL_CHARACTERS = /^(?:(?!["'<>\\`])[\x21-\x7e])+$/
const ESCAPE = /%[0-9a-f]{2}/gi

/**
 * Returns a server's `error_uri` (RFC 6749, sections 4.1.2.1 and 5.2) if it is safe to show to the user. Returns
 * `undefined` if it isn't an https link or contains one of `secrets`.
 */
export function readErrorUri(uri: unknown, secrets: readonly string[]): string | undefined {
  if (typeof uri !== 'string' || uri.length > MAX_LENGTH) return undefined
  if (!HTTPS_URL.test(uri) || !URL_CHARACTERS.test(uri) || !URL.canParse(uri)) return undefined
  const forms = decodedForms(uri)
  return forms === null || containSecret(forms, secrets) ? undefined : uri
}

/** Returns the link and its percent-decoded forms, one for each level of encoding; `null` if there are too many. */
function decodedForms(uri: string): readonly string[] | null {
  const forms = [uri]
  while (forms.length <= MAX_DECODINGS) {
    const last = forms.at(-1) ?? ''
    const decoded = last.replaceAll(ESCAPE, decodedByte)
    if (decoded === last) return forms
    forms.push(decoded)
  }
  return null
}

function decodedByte(escape: string): string {
  return String.fromCharCode(Number.parseInt(escape.slice(1), 16))
}
