import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** A request with its body. */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Responds to a request that a raw server has read. */
export type Reply = (response: ServerResponse, request: ReceivedRequest) => void

interface Head {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** Responds with these bytes, unchanged. */
export function bytes(body: string | Uint8Array, { status = 200, headers = JSON_TYPE }: Head = {}): Reply {
  return (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.writeHead(status).end(body)
  }
}

export function json(value: unknown, { status = 200, headers = {} }: Head = {}): Reply {
  return bytes(JSON.stringify(value), { status, headers: { ...JSON_TYPE, ...headers } })
}

export function html(body: string, status = 200): Reply {
  return bytes(body, { status, headers: { 'content-type': 'text/html' } })
}

export function redirect(status: number, location: string): Reply {
  return bytes('', { status, headers: { location } })
}

/** Responds with a small body that decompresses to `mebibytes` of spaces. */
export function gzipBomb(mebibytes: number, status = 200): Reply {
  const member = gzipSync(Buffer.alloc(1_048_576, ' '))
  return bytes(Buffer.concat(Array<Buffer>(mebibytes).fill(member)), {
    status,
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
  })
}

/** Never responds. */
export const silence: Reply = () => undefined

/** Sends headers, then nothing more. */
export const headersAlone: Reply = (response) => {
  response.writeHead(200, JSON_TYPE).flushHeaders()
}

/** Sends a space now and then, forever. */
export const drip: Reply = (response) => {
  response.writeHead(200, JSON_TYPE).flushHeaders()
  const timer = setInterval(() => response.write(' '), 10)
  response.on('close', () => clearInterval(timer))
}

/** Ends the connection with RST before the response. */
export const reset: Reply = (response) => {
  response.socket?.resetAndDestroy()
}

/** Ends the connection with RST in the middle of the body. */
export const resetInBody: Reply = (response) => {
  response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' })
  response.write('{"access_token": "', () => response.socket?.resetAndDestroy())
}

/** Ends the connection as if the incomplete body were complete. */
export const truncated: Reply = (response) => {
  response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' })
  response.write('{"access_token": "', () => response.socket?.destroy())
}
