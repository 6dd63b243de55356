import type { RecordedRequest } from '../request-log.ts'

/** A decoded parameter. */
export interface Parameter {
  readonly name: string
  readonly value: string
}

/** Decodes the query of the request; empty when it has none. */
export function decodeQuery({ path }: RecordedRequest): readonly Parameter[] {
  return decodeForm(path.slice(path.indexOf('?') + 1 || path.length))
}

/** Decodes a body that is a JSON object or a form; `null` for any other body. */
export function decodeBody({ headers, body }: RecordedRequest): readonly Parameter[] | null {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return decodeForm(body)
  return type === 'application/json' ? decodeJson(body) : null
}

/** Decodes a form or a query; empty when it has no parameters. */
export function decodeForm(text: string): readonly Parameter[] {
  return [...new URLSearchParams(text)].map(([name, value]) => ({ name, value }))
}

/** Decodes a JSON object; `null` for any other text. */
export function decodeJson(text: string): readonly Parameter[] | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return Object.entries(value).map(([name, member]) => ({ name, value: textOf(member) }))
  } catch {
    return null
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
