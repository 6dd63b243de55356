/** A parsed JSON object of unknown members. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The JSON object that `text` holds; `null` when it holds none. Without a prototype, so that only own members exist. */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return Object.assign(Object.create(null), value) as JsonObject
  } catch {
    return null
  }
}
