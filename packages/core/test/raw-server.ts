import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Endpoints } from '../src/config/endpoints.ts'
import type { ReceivedRequest, Reply } from './reply.ts'

/** A server without OAuth, whose responses the test sets. */
export interface RawServer {
  readonly url: string
  readonly port: number
  readonly endpoints: Endpoints
  readonly requests: readonly ReceivedRequest[]
  /** The number of open connections. */
  connections(): number
  /** Replaces the remaining replies. */
  replyWith(...replies: readonly Reply[]): void
  close(): Promise<void>
}

/**
 * Starts a server on 127.0.0.1 that gives its n-th request the n-th reply, and all later ones the last. It is closed
 * after the test.
 *
 * @param options - `port`: default any free one
 */
export async function startRawServer(
  replies: Reply | readonly Reply[],
  { port = 0 }: { readonly port?: number } = {},
): Promise<RawServer> {
  const requests: ReceivedRequest[] = []
  let queue = [replies].flat()
  const server = createServer((incoming, response) => {
    const [reply] = queue
    if (queue.length > 1) queue = queue.slice(1)
    read(incoming)
      .then((request) => {
        requests.push(request)
        return reply?.(response, request)
      })
      // In some tests, the client ends its request early.
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  const close = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
  onTestFinished(close)
  let open = 0
  server.on('connection', (socket) => {
    open++
    socket.on('close', () => open--)
  })
  const address = server.address() as AddressInfo
  const url = `http://127.0.0.1:${address.port}`
  const replyWith = (...next: readonly Reply[]): void => {
    queue = [...next]
  }
  return {
    url,
    port: address.port,
    endpoints: endpointsAt(url),
    requests,
    connections: () => open,
    replyWith,
    close,
  }
}

function endpointsAt(url: string): Endpoints {
  return {
    authorize: { max: `${url}/authorize`, console: `${url}/authorize` },
    token: `${url}/token`,
    apiKey: `${url}/api-key`,
    profile: `${url}/profile`,
    revoke: `${url}/revoke`,
    codePage: `${url}/code`,
  }
}

async function read(incoming: IncomingMessage): Promise<ReceivedRequest> {
  let body = ''
  incoming.setEncoding('utf8')
  for await (const chunk of incoming) body += String(chunk)
  const { method = '', url = '', headers } = incoming
  return { method, path: url, headers, body }
}
