import { containSecret } from './redaction.ts'

const MAX_LENGTH = 2000
/** Each round undoes one level of percent-encoding. No honest link has more levels. */
const MAX_DECODINGS = 4

/** https on a plain host. A user name could make one host look like another: `https://claude.ai@evil.example`. */
const HTTPS_URL = /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?(?=[/?#]|$)/i
/** Visible ASCII without quotes, backslash, backtick, `<` and `>`. */
const URL_CHARACTERS = /^(?:(?!["'<>\\`])[\x21-\x7e])+$/
const ESCAPE = /%[0-9a-f]{2}/gi

/**
 * Returns a server's `error_uri` (RFC 6749, sections 4.1.2.1 and 5.2) if it is safe to show to the user; `undefined`
 * if it isn't an https link or contains one of `secrets`.
 */
export function readErrorUri(uri: unknown, secrets: readonly string[]): string | undefined {
  if (typeof uri !== 'string' || uri.length > MAX_LENGTH) return undefined
  if (!HTTPS_URL.test(uri) || !URL_CHARACTERS.test(uri) || !URL.canParse(uri)) return undefined
  const forms = decodedForms(uri)
  return forms === null || containSecret(forms, secrets) ? undefined : uri
}

/** The link and its percent-decoded forms, one for each level of encoding; `null` when there are too many. */
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
