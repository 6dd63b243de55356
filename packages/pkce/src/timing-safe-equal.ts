import { assertString } from './string-argument.ts'

/**
 * Compares two strings in a time that depends only on their lengths. Use it for states, challenges and tokens.
 *
 * @throws TypeError when one of the values is not a string
 */
export function timingSafeEqual(a: string, b: string): boolean {
  assertString(a, 'a')
  assertString(b, 'b')
  if (a.length !== b.length) return false
  let difference = 0
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}
