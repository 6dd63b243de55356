import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface VisitOptions {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
}

/** Requests a URL on a connection of its own; unlike `fetch`, it says only what it is told to. */
export function visit(url: string, { method = 'GET', headers = {} }: VisitOptions = {}): Promise<Answer> {
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

/** An open connection to loopback, which the test's end ends. */
export async function openSocket(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host })
  // That the server ends it is what most tests wait for.
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** Resolves once the other side has ended a connection. */
export function ended(socket: Socket): Promise<void> {
  socket.resume()
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** Sends bytes as they are, and returns what came back until the server ended the connection. */
export async function sendBytes(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = await openSocket(port)
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString('latin1')))
  socket.write(bytes)
  await ended(socket)
  return received
}

/** The status line of what `sendBytes()` returns. */
export async function statusLineFor(port: number, head: string): Promise<string> {
  const [line = ''] = (await sendBytes(port, `${head}\r\n\r\n`)).split('\r\n')
  return line
}
