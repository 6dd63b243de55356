import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface VisitResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface VisitOptions {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
}

/** Requests a URL on a new connection. Unlike `fetch`, it adds no headers of its own. */
export function visit(
  url: string,
  { method = 'GET', headers = {} }: VisitOptions = {},
): Promise<VisitResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      text(response)
        .then((body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
        .catch(reject)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Opens a connection to loopback until the test ends. */
export async function openSocket(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host })
  // In most tests, the server ends the connection.
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** Resolves when the other side has ended the connection. */
export function ended(socket: Socket): Promise<void> {
  socket.resume()
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** Sends bytes, and returns everything that the server sent until it ended the connection. */
export async function sendBytes(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = await openSocket(port)
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString('latin1')))
  socket.write(bytes)
  await ended(socket)
  return received
}

/** Sends the head of a request, and returns the status line of the response. */
export async function statusLineFor(port: number, head: string): Promise<string> {
  const [line = ''] = (await sendBytes(port, `${head}\r\n\r\n`)).split('\r\n')
  return line
}
