/** Visible ASCII without quotes, backslash, backtick, `<` and `>`: `new URL()` mends or drops the rest silently. */
const URL_CHARACTERS = /^(?:(?!["'<>\\`])[\x21-\x7e])+$/
const WEB_URL = /^https?:\/\/[^/?#]/i
const AUTHORITY = /^[^:]*:\/\/([^/?#]*)/
const LOOPBACK_IPV4 = /^127(?:\.\d{1,3}){3}$/
/** A private-use scheme contains a dot, being a reversed domain name (RFC 8252, section 7.1). */
const PRIVATE_USE_URI = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/?[^/]/i

/** What is wrong with an endpoint's URL, in words; `null` when it is https, or http on loopback, and complete. */
export function endpointProblem(url: unknown): string | null {
  if (typeof url !== 'string') return 'must be a string'
  if (!WEB_URL.test(url)) return 'must be an absolute URL that starts with https://'
  if (!URL_CHARACTERS.test(url) || !URL.canParse(url)) return 'is not a valid URL'
  if (url.includes('#')) return 'must not have a fragment'
  if (AUTHORITY.exec(url)?.[1]?.includes('@')) return 'must not contain a user name or password'
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || isLoopback(hostname)
    ? null
    : 'must be https; http is for loopback hosts only'
}

/** What is wrong with a redirect URI, in words; `null` when RFC 6749, section 3.1.2, and RFC 8252 allow it. */
export function redirectUriProblem(uri: unknown): string | null {
  if (typeof uri !== 'string' || WEB_URL.test(uri) || !PRIVATE_USE_URI.test(uri)) return endpointProblem(uri)
  if (!URL_CHARACTERS.test(uri)) return 'contains characters that no URL has'
  return uri.includes('#') ? 'must not have a fragment' : null
}

/** Whether a `URL`'s hostname is `localhost`, in `127.0.0.0/8`, or `[::1]`. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || LOOPBACK_IPV4.test(hostname)
}
