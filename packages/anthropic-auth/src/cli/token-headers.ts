/** The API accepts an OAuth token only together with this header. */
const BETA_HEADER = 'anthropic-beta'
const OAUTH_BETA = 'oauth-2025-04-20'

/** Returns the two headers of a request to the API with an access token. */
export function tokenHeaders(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${token}`, [BETA_HEADER]: OAUTH_BETA }
}

/**
 * Adds the beta header to the value of `ANTHROPIC_CUSTOM_HEADERS`. Keeps the user's own lines, except for credentials.
 *
 * The official SDKs send no beta header of their own for a token from `ANTHROPIC_AUTH_TOKEN`.
 *
 * @param customHeaders - the present value: a header in each line
 */
export function withOAuthBeta(customHeaders: string | undefined): string {
  const lines = withoutCredentials(customHeaders)
    .split('\n')
    .filter((line) => line !== '')
  const index = lines.findLastIndex((line) => nameOf(line) === BETA_HEADER)
  const own = lines[index]
  if (own === undefined) return [...lines, `${BETA_HEADER}: ${OAUTH_BETA}`].join('\n')
  const values = own
    .slice(own.indexOf(':') + 1)
    .split(',')
    .map((value) => value.trim())
  const merged = [...new Set([...values.filter((value) => value !== ''), OAUTH_BETA])].join(',')
  return lines.with(index, `${own.slice(0, own.indexOf(':'))}: ${merged}`).join('\n')
}

const CREDENTIALS = new Set(['authorization', 'x-api-key'])

/** Removes the headers that would replace the credentials of the login. */
export function withoutCredentials(customHeaders: string | undefined): string {
  return (customHeaders ?? '')
    .split(/\r\n|[\r\n]/)
    .filter((line) => line.trim() !== '' && !CREDENTIALS.has(nameOf(line)))
    .join('\n')
}

function nameOf(line: string): string {
  return line
    .slice(0, Math.max(line.indexOf(':'), 0))
    .trim()
    .toLowerCase()
}
