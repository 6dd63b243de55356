import type { Fetch } from '@anthropic-auth/core'
import { narration } from './narration.ts'

const HEADERS = ['authorization', 'x-api-key', 'anthropic-beta', 'user-agent', 'content-type']

/** A fetch that prints each request and its response: a use of the option `fetch`. */
export const tracedFetch: Fetch = async (url, init) => {
  const { pathname } = new URL(url)
  narration.line(`${init.method} ${pathname}`, '>')
  const headers = new Headers(init.headers)
  narration.members(
    {
      ...Object.fromEntries(
        HEADERS.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]),
      ),
      ...(typeof init.body === 'string' ? (JSON.parse(init.body) as object) : {}),
    },
    '>',
  )
  const response = await fetch(url, init)
  narration.line(`${response.status} ${response.statusText}`, '<')
  narration.members((await response.clone().json()) as Record<string, unknown>, '<')
  return response
}
