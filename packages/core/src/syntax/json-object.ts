/** A JSON object of unknown members. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether `value` is an object with members by name: no `null`, no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON object that `text` holds; `null` when it holds none. Without a prototype, so that only own members exist. */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? { __proto__: null, ...value } : null
  } catch {
    return null
  }
}
