import type { RequestListener, Server } from 'node:http'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'
import { Connections } from './connections.ts'
import { requestListening } from './listen-permission.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { codeOf, isPortProblem, portUnavailable } from './port-problem.ts'

/** The ports to listen on, and the receivers of requests and errors. */
interface ListenerOptions {
  /** Tried in this order. `0` stands for any free port. */
  readonly ports: readonly number[]
  readonly redirectHost: 'localhost' | '127.0.0.1'
  readonly onRequest: RequestListener
  /** Called when the server fails while it is listening. */
  readonly onError: (error: Error) => void
}

/** An HTTP server on one port of the loopback interface. */
export interface LoopbackListener {
  readonly port: number
  /** Frees the port and ends every connection at once. */
  close(): Promise<void>
}

/** Cookies aren't bound to a port, so requests contain those of every other program on `localhost`. */
const MAX_HEADER_BYTES = 64 * 1024
/** A port that is free on one address is rarely taken on the other, so ten attempts are plenty. */
const FREE_PORT_ATTEMPTS = 10
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Listens on the first available port.
 *
 * @throws AnthropicAuthError `port_unavailable` with a `reason`, `callback_server_failed`, `unsupported_runtime`
 */
export async function openLoopbackListener(options: ListenerOptions): Promise<LoopbackListener> {
  const { ports } = options
  let problem: unknown
  for (const port of ports) {
    try {
      return await listenOn(port, options, port === 0 ? FREE_PORT_ATTEMPTS : 1)
    } catch (error) {
      if (!isPortProblem(error)) throw listenFailure(error)
      problem = error
    }
  }
  throw portUnavailable(ports, problem)
}

async function listenOn(port: number, options: ListenerOptions, attempts: number): Promise<LoopbackListener> {
  const listener = new PortListener(options)
  try {
    await listener.listen(port)
    return listener
  } catch (error) {
    await listener.close()
    if (attempts === 1 || codeOf(error) !== 'EADDRINUSE') throw error
    return listenOn(port, options, attempts - 1)
  }
}

class PortListener implements LoopbackListener {
  readonly #options: ListenerOptions
  readonly #connections = new Connections()
  readonly #servers: Server[] = []
  #port = 0

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  get port(): number {
    return this.#port
  }

  /** A browser can use either address for `localhost`. A program on the other one would receive our responses. */
  async listen(port: number): Promise<void> {
    this.#port = await this.#bind('127.0.0.1', port)
    if (this.#options.redirectHost !== 'localhost') return
    try {
      await this.#bind('::1', this.#port)
    } catch (error) {
      if (!NO_SUCH_ADDRESS.has(codeOf(error))) throw error
    }
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)))
    this.#connections.closeAll()
    await Promise.all(closed)
  }

  async #bind(host: string, port: number): Promise<number> {
    await requestListening(host, port)
    const server = this.#createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // Without `exclusive`, the workers of a cluster would share the port, and any of them could get the response.
      server.listen(membersOf({ host, port, exclusive: true }), () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', this.#options.onError)
    this.#servers.push(server)
    return portOf(server)
  }

  #createServer(): Server {
    const { onRequest } = this.#options
    const { createServer } = nodeBuiltin('node:http')
    // Node itself would refuse a request without a host, without the headers of our other responses.
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false }, onRequest)
    server.on('checkContinue', onRequest)
    server.on('checkExpectation', onRequest)
    server.on('connection', (socket) => this.#connections.add(socket))
    server.on('clientError', (_error, socket) => socket.destroy())
    return server
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server has no port')
  return address.port
}

function listenFailure(cause: unknown): unknown {
  if (cause instanceof AnthropicAuthError) return cause
  return new AnthropicAuthError('callback_server_failed', 'Could not start the callback server', {
    reason: 'start',
    cause,
  })
}
