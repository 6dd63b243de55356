import { isJsonObject, type JsonObject } from '@anthropic-auth/core/internal'

/**
 * Parses a JSON object. It and the objects in it have no prototype: a member that a bug elsewhere has added to
 * `Object.prototype` must not look like a setting.
 *
 * @returns `null` when `text` is not a JSON object
 */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text, (_key, member: unknown) => {
      if (isJsonObject(member)) Object.setPrototypeOf(member, null)
      return member
    })
    return isJsonObject(value) ? value : null
  } catch {
    // A parser's error quotes what it could not read, and that may be a secret.
    return null
  }
}
