/** Visible ASCII without quotes, backslash, backtick, `<` and `>`. `new URL()` would change or drop other characters. */
const URL_CHARACTERS = /^(?:(?!["'<>\\`])[\x21-\x7e])+$/
const WEB_URL = /^https?:\/\/[^/?#]/i
const AUTHORITY = /^[^:]*:\/\/([^/?#]*)/
const LOOPBACK_IPV4 = /^127(?:\.\d{1,3}){3}$/
/** RFC 3986, section 3.1. */
const SCHEME = /^([a-z][a-z0-9+.-]*):/i
/** Browsers handle these schemes themselves, or no application handles them. */
const REFUSED_SCHEMES = new Set([
  'about',
  'blob',
  'data',
  'file',
  'filesystem',
  'ftp',
  'javascript',
  'mailto',
  'vbscript',
  'view-source',
  'ws',
  'wss',
])

/** Describes what is wrong with an endpoint's URL; `null` if it is an absolute URL with https, or http on loopback. */
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

/**
 * Describes what is wrong with a redirect URI; `null` if it is a URL with https, http on loopback, or a scheme of an
 * application (RFC 8252, section 7.1).
 */
export function redirectUriProblem(uri: unknown): string | null {
  if (typeof uri !== 'string') return 'must be a string'
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined) return 'must be an absolute URL, such as https://example.com/callback'
  if (scheme === 'https' || scheme === 'http') return endpointProblem(uri)
  if (REFUSED_SCHEMES.has(scheme)) return `must not have the scheme ${scheme}`
  if (!URL_CHARACTERS.test(uri) || !URL.canParse(uri)) return 'is not a valid URL'
  if (uri.length === scheme.length + 1) return 'must not be a scheme alone'
  if (uri.includes('#')) return 'must not have a fragment'
  return AUTHORITY.exec(uri)?.[1]?.includes('@') ? 'must not contain a user name or password' : null
}

/** Whether two URIs are equal up to their queries. Only the path is case-sensitive (RFC 3986, section 6.2.2.1). */
export function isSameUri(uri: string, other: string | undefined): boolean {
  if (other === undefined) return false
  const base = baseOf(uri)
  return base !== null && base === baseOf(other)
}

/** Returns a URI without query and fragment, normalised; `null` if it isn't valid. */
function baseOf(uri: string): string | null {
  const [base = ''] = uri.split(/[?#]/, 1)
  if (!URL.canParse(base)) return null
  const url = new URL(base)
  if (url.username !== '' || url.password !== '') return null
  const { protocol, host, pathname } = url
  // Operating systems add a slash after a host without a path.
  return `${protocol}${host.toLowerCase()} ${host !== '' && pathname === '' ? '/' : pathname}`
}

/** Whether a `URL`'s hostname is `localhost`, in `127.0.0.0/8`, or `[::1]`. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || LOOPBACK_IPV4.test(hostname)
}
