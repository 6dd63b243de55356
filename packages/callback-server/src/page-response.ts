import type { ServerResponse } from 'node:http'
import type { Page } from './callback-page.ts'

/** A browser on the same machine needs less. A slow one doesn't keep the port open for longer. */
const SEND_LIMIT_MS = 250

/** Every response has these headers. */
const HEADERS = {
  'cache-control': 'no-store',
  connection: 'close',
  'content-type': 'text/html; charset=utf-8',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** Sends a page. No part of the page depends on the request. */
export function sendPage(response: ServerResponse, status: number, { body, byteLength, policy }: Page): void {
  response.writeHead(status, {
    ...HEADERS,
    'content-length': byteLength,
    'content-security-policy': policy,
    // RFC 9110, section 15.5.6.
    ...(status === 405 && { allow: 'GET' }),
  })
  response.end(body)
}

/** Resolves when the response was passed to the operating system, or no longer can be. */
export function whenSent(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SEND_LIMIT_MS)
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    response.once('finish', done)
    response.once('close', done)
  })
}
