/** The API accepts an OAuth token only together with this header. */
const BETA_HEADER = 'anthropic-beta'
const OAUTH_BETA = 'oauth-2025-04-20'

/** Returns the two headers of a request to the API with an access token. */
export function tokenHeaders(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${token}`, [BETA_HEADER]: OAUTH_BETA }
}

/**
 * Returns the value of `ANTHROPIC_CUSTOM_HEADERS` with the beta header in it. The user's own lines stay as they are.
 *
 * The official SDKs send no beta header of their own for a token from `ANTHROPIC_AUTH_TOKEN`.
 *
 * @param customHeaders - the present value: a header in each line
 */
export function withOAuthBeta(customHeaders: string | undefined): string {
  const lines = (customHeaders ?? '').split(/\r?\n/).filter((line) => line.trim() !== '')
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

function nameOf(line: string): string {
  return line
    .slice(0, Math.max(line.indexOf(':'), 0))
    .trim()
    .toLowerCase()
}
