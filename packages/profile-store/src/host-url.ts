import { AnthropicAuthError } from '@anthropic-auth/core'
import { endpointProblem } from '@anthropic-auth/core/internal'

/**
 * Returns the URL of a host without the slash at its end, by the client's own rules.
 *
 * @param source - where it comes from, the first words of the error
 * @throws AnthropicAuthError `invalid_config` unless it is https, or http on a loopback host
 */
export function checkedHostUrl(value: string, source: string): string {
  if (typeof value !== 'string') throw invalidHostUrl(source, 'must be a string')
  const url = withoutSlashes(value)
  const problem = hostProblem(url)
  if (problem !== null) throw invalidHostUrl(source, problem)
  return url
}

/** Whether a value is the URL of a host, as `checkedHostUrl()` returns it. */
export function isHostUrl(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && hostProblem(value) === null
}

const MAX_LENGTH = 2048

/** Returns a URL for a message, without a user's name, a password and a query. */
export function shownUrl(value: string): string {
  if (isHostUrl(value)) return value
  const url = URL.canParse(value) ? new URL(value) : null
  // In `user:password@host`, the name would be the protocol.
  const isWebUrl = url !== null && ['https:', 'http:'].includes(url.protocol)
  return isWebUrl ? withoutSlashes(`${url.origin}${url.pathname}`) : 'a value that is not the URL of a host'
}

function hostProblem(url: string): string | null {
  return url.includes('?') ? 'must not have a query' : endpointProblem(url)
}

/** Whether two URLs name the same host. It can be spelled with capital letters, its default port, or a slash at the end. */
export function isSameHostUrl(one: string, other: string): boolean {
  return hrefOf(one) === hrefOf(other)
}

function hrefOf(url: string): string {
  return URL.canParse(url) ? withoutSlashes(new URL(url).href) : url
}

/** Removes trailing slashes. A regular expression would take quadratic time for many slashes elsewhere. */
export function withoutSlashes(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end -= 1
  return url.slice(0, end)
}

function invalidHostUrl(source: string, problem: string): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', `${source} ${problem}`, {
    reason: 'baseUrl',
    hint: 'Use the form https://host, or http://localhost:port for a server on this machine.',
  })
}
