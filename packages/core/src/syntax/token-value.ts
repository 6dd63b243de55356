const TOKEN_VALUE = /^[\x21-\x7e]{1,8192}$/

/** Whether `value` can be a token or an API key: 1 to 8,192 characters of visible ASCII. */
export function isTokenValue(value: unknown): value is string {
  return typeof value === 'string' && TOKEN_VALUE.test(value)
}
