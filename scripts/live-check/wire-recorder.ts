import type { Fetch } from '@anthropic-auth/core'

/** The content of one request and its response, without any value that could be a secret. */
export interface WireRecord {
  readonly request: string
  /** The names of the fields of the body, in order. */
  readonly sent: readonly string[]
  /** `200 application/json`, or what happened instead of a response. */
  readonly response: string
  readonly requestId: string | null
  /** The fields of the response with their types, such as `expires_in: number`. */
  readonly received: readonly string[]
}

/** A `fetch` that records its requests. */
export function recordingFetch(records: WireRecord[]): Fetch {
  return async (url, init) => {
    const base = { request: `${init.method ?? 'GET'} ${withoutQuery(url)}`, sent: fieldsOf(init.body) }
    try {
      const response = await fetch(url, init)
      const type = response.headers.get('content-type')?.split(';')[0] ?? 'no type'
      records.push({
        ...base,
        response: `${response.status} ${type}`,
        requestId: response.headers.get('request-id'),
        received: typesOf(await bodyOf(response.clone())),
      })
      return response
    } catch (error) {
      records.push({ ...base, response: nameOf(error), requestId: null, received: [] })
      throw error
    }
  }
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function fieldsOf(body: RequestInit['body']): string[] {
  if (typeof body !== 'string' || body === '') return []
  try {
    return Object.keys(JSON.parse(body) as object)
  } catch {
    return [...new URLSearchParams(body).keys()]
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown
  } catch {
    return null
  }
}

/** Returns only names and types, two levels deep: no value of a response is safe to show. */
function typesOf(value: unknown, depth = 2): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, member]) => [
    `${name}: ${typeName(member)}`,
    ...(depth > 1 ? typesOf(member, depth - 1).map((inner) => `${name}.${inner}`) : []),
  ])
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'failed'
}
