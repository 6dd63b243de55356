import { AnthropicAuthError, isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'

/**
 * The URL of a host without the slash at its end, by the client's own rules.
 *
 * @param source - what gave it, as the error's first words
 * @throws AnthropicAuthError `invalid_config` unless it is https, or http on a loopback host
 */
export function checkedHostUrl(value: string, source: string): string {
  if (typeof value !== 'string') throw invalidHostUrl(source, 'must be a string')
  const url = value.replace(/\/+$/, '')
  if (url.includes('?')) throw invalidHostUrl(source, 'must not have a query')
  try {
    return new OAuthClient({ endpoints: { codePage: url } }).config.endpoints.codePage
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    throw invalidHostUrl(source, error.message.replace(/^\S+ /, ''))
  }
}

function invalidHostUrl(source: string, problem: string): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', `${source} ${problem}`, {
    reason: 'baseUrl',
    hint: 'Give it as https://host, or http://localhost:port for a server on this machine.',
  })
}
