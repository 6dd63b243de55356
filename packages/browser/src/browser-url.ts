import { AnthropicAuthError } from '@anthropic-auth/core'
import { isLoopback } from '@anthropic-auth/core/internal'

/** What no shell, no PowerShell quote and no mending parser finds anything to do in. */
const CHARACTERS = /^[\w\-.~:/?#[\]@!&+*,=%]+$/
const SCHEME = /^https?:\/\//
const AUTHORITY = /^https?:\/\/([^/?#]*)/
const HOST = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/
const BARE_PUNYCODE = /(?:^|\.)xn--(?:\.|$)/
/** As long as the command line of the Windows command processor: links that open anywhere. */
const MAX_LENGTH = 8_191

/**
 * The href of a URL that may be handed to the system, which would open files, other applications and more.
 *
 * It is checked as it was given: nothing becomes acceptable by being parsed, encoded or mended.
 *
 * @throws TypeError when it is neither a string nor a `URL`
 * @throws AnthropicAuthError `unsafe_url`, with a `reason`: `too_long`, `scheme`, `characters`, `userinfo`, `host`
 */
export function checkedHref(url: string | URL): string {
  const given = url instanceof URL ? url.href : url
  if (typeof given !== 'string') throw new TypeError('The URL to open must be a string or a URL')
  assertPlain(given)
  const { protocol, hostname, href } = parsed(given)
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    throw unsafe('scheme', 'is http, which is for loopback hosts only')
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
  // `2130706433` and `127.1` are 127.0.0.1 to the parser.
  if (url === null || url.hostname !== host) throw unsafe('host', 'has no plain host')
  return url
}

function unsafe(reason: string, problem: string): AnthropicAuthError {
  return new AnthropicAuthError('unsafe_url', `The URL is not opened, since it ${problem}`, { reason })
}
