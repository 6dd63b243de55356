/** A JSON object of unknown members. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether `value` is an object with members by name: no `null`, no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON object that `text` holds; `null` when it holds none. */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : null
  } catch {
    // A parser's error quotes what it could not read, and that may be a secret.
    return null
  }
}
