import type { ServerResponse } from 'node:http'
import type { Page } from './callback-page.ts'

/** More than a browser on the same machine needs to take a page; the port is not kept longer for a slow one. */
const SEND_LIMIT_MS = 250

/** On every answer, whatever its status. */
const HEADERS = {
  'cache-control': 'no-store',
  connection: 'close',
  'content-type': 'text/html; charset=utf-8',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** Sends a page, in which nothing depends on the request. */
export function sendPage(response: ServerResponse, status: number, { body, policy }: Page): void {
  response.writeHead(status, {
    ...HEADERS,
    'content-length': body.byteLength,
    'content-security-policy': policy,
    // RFC 9110, section 15.5.6.
    ...(status === 405 && { allow: 'GET' }),
  })
  response.end(body)
}

/** Resolves once a response was handed to the operating system, or can't be any more. */
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
