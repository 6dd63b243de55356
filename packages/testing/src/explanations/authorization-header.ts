/** Explains an Authorization header that is not `Bearer` and a token; `null` for one that is. */
export function explainAuthorization(header: string): string | null {
  const [scheme = '', token, ...others] = header.trim().split(/\s+/)
  if (token === undefined) {
    return /^bearer:?$/i.test(scheme)
      ? 'The header has no token after the word Bearer. Usually its variable is empty.'
      : 'The header has no scheme. Send `Authorization: Bearer …`, with the token after the word Bearer.'
  }
  if (/^bearer:$/i.test(scheme)) return 'The header has a colon after the word Bearer: leave it out.'
  if (!/^bearer$/i.test(scheme)) {
    return `The scheme of the header is ${scheme}. Send \`Authorization: Bearer …\`, with the token after the word Bearer.`
  }
  if (/^bearer$/i.test(token)) return 'The header has the word Bearer twice.'
  return others.length === 0 ? null : 'The header has a space or a line break in the token.'
}
