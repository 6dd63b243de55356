import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Endpoints } from '../src/config/endpoints.ts'
import type { ReceivedRequest, Reply } from './reply.ts'

/** A server that answers what the test says and knows nothing of OAuth. */
export interface RawServer {
  readonly url: string
  readonly port: number
  readonly endpoints: Endpoints
  readonly requests: readonly ReceivedRequest[]
  /** How many connections are open. */
  connections(): number
  /** Forgets the replies that were to come, and gives these. */
  replyWith(...replies: readonly Reply[]): void
  close(): Promise<void>
}

/**
 * Starts a server on 127.0.0.1 that gives its n-th request the n-th reply, and all later ones the last; it is closed
 * with the test.
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
      // A client that ends its request early is what some tests are about.
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
