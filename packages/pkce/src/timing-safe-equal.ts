/**
 * Whether two strings are equal, in a time that depends on their lengths only; for states, challenges and tokens.
 *
 * Strings of different lengths are not equal.
 *
 * @throws TypeError when one of the two is no string
 */
export function timingSafeEqual(a: string, b: string): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') throw new TypeError('Both values must be strings')
  if (a.length !== b.length) return false
  let difference = 0
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}
