import { AnthropicAuthError } from '@anthropic-auth/core'
import { isLoopback } from '@anthropic-auth/core/internal'

/** Characters that no shell, no PowerShell literal and no URL parser changes or acts upon. */
const CHARACTERS = /^[\w\-.~:/?#[\]@!&+*,=%]+$/
const SCHEME = /^https?:\/\//
const AUTHORITY = /^https?:\/\/([^/?#]*)/
const HOST = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/
const BARE_PUNYCODE = /(?:^|\.)xn--(?:\.|$)/
/** The longest command line on Windows; a longer link would not open everywhere. */
const MAX_LENGTH = 8_191

/**
 * Returns the href of a URL that is safe to pass to the operating system, which also opens files and applications.
 *
 * The check runs on the given text before it is parsed, so that parsing can't turn an unsafe text into an accepted URL.
 *
 * @throws TypeError when the URL is neither a string nor a `URL`
 * @throws AnthropicAuthError `unsafe_url`, with a `reason`: `too_long`, `scheme`, `characters`, `userinfo`, `host`
 */
export function checkedHref(url: string | URL): string {
  const given = url instanceof URL ? url.href : url
  if (typeof given !== 'string') throw new TypeError('The URL to open must be a string or a URL')
  assertPlain(given)
  const { protocol, hostname, href } = parsed(given)
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    throw unsafe('scheme', 'uses http, which is allowed only for loopback hosts')
  }
  assertPlain(href)
  return href
}

function assertPlain(url: string): void {
  if (url.length > MAX_LENGTH) throw unsafe('too_long', 'has more than 8,191 characters')
  if (!SCHEME.test(url)) throw unsafe('scheme', 'does not start with https:// or http://')
  if (!CHARACTERS.test(url)) throw unsafe('characters', 'has characters that must be percent-encoded')
}

function parsed(given: string): URL {
  const authority = AUTHORITY.exec(given)?.[1]?.toLowerCase() ?? ''
  if (authority.includes('@')) throw unsafe('userinfo', 'contains a user name or password')
  const host = HOST.exec(authority)?.[1]
  const url = host === undefined || BARE_PUNYCODE.test(host) ? null : URL.parse(given)
  // The parser turns `2130706433` and `127.1` into 127.0.0.1.
  if (url === null || url.hostname !== host) throw unsafe('host', 'has no plain host')
  return url
}

function unsafe(reason: string, problem: string): AnthropicAuthError {
  return new AnthropicAuthError('unsafe_url', `The URL was not opened because it ${problem}`, { reason })
}
