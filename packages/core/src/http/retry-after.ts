const TEN_YEARS = 10 * 365 * 24 * 60 * 60
/** The format IMF-fixdate. `Date.parse()` alone accepts almost anything as a date. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** Returns the seconds that a `Retry-After` header asks to wait (RFC 9110, section 10.2.3), or `undefined`. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+$/.test(value)) return Math.min(Number(value), TEN_YEARS)
  const at = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) return undefined
  return Math.min(Math.max(0, Math.ceil((at - Date.now()) / 1000)), TEN_YEARS)
}
