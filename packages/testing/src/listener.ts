import { createServer, type IncomingMessage, type Server } from 'node:http'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Hono } from 'hono'
import { apiErrorBody } from './api/api-error.ts'
import { randomValue } from './authorization-server/random-value.ts'
import type { AppEnvironment, IssuePolicy } from './authorization-server/server-state.ts'
import type { FaultQueue } from './faults/fault-queue.ts'
import { respondWithFault } from './faults/fault-response.ts'
import { jsonText } from './authorization-server/json-response.ts'
import { readRequestBody } from './request-body.ts'
import { RecordingServerResponse } from './recorded-response.ts'
import type { LogEntry, RequestLog } from './request-log.ts'

/** Everything that a listener needs to handle requests. */
interface Service {
  readonly app: Hono<AppEnvironment>
  readonly log: RequestLog
  readonly faults: FaultQueue
}

type RecordingServer = Server<typeof IncomingMessage, typeof RecordingServerResponse>

/** A server on 127.0.0.1. There is no way to bind anything else. */
export interface Listener {
  readonly url: string
  /** Starts to handle requests. The app comes after the port, since it needs to know the port. */
  serve(service: Service): void
  close(): Promise<void>
}

/** Starts the paths of the inspector, whose own requests are not recorded. */
const INSPECTOR_PATH = '/inspector'

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i

/** The rules for issuing tokens without a fault. */
const USUAL_POLICY: IssuePolicy = { withheldScopes: [], rotate: true, organization: null, workspace: null }

/** The headers of every response. Pages replace the policy with their own. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** @throws AnthropicAuthError `port_unavailable` when the port is taken or not permitted */
export async function openListener(port: number): Promise<Listener> {
  // Node's default of five seconds would close the idle connection of a program that is busy for longer, just when it
  // sends its next request.
  const server = createServer({ keepAliveTimeout: 0, ServerResponse: RecordingServerResponse })
  await bind(server, port)
  return {
    url: `http://127.0.0.1:${boundPort(server)}`,
    serve: (service) =>
      server.on('request', (incoming, outgoing) => void handle(incoming, outgoing, service)),
    close: () => shut(server),
  }
}

function bind(server: RecordingServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(portUnavailable(port, cause)))
    server.listen(port, '127.0.0.1', resolve)
  })
}

function portUnavailable(port: number, cause: NodeJS.ErrnoException): AnthropicAuthError {
  const reason = cause.code === 'EADDRINUSE' ? 'in_use' : 'no_permission'
  const message = reason === 'in_use' ? `Port ${port} is in use` : `The emulator may not use port ${port}`
  return new AnthropicAuthError('port_unavailable', message, { reason, cause })
}

function boundPort(server: RecordingServer): number {
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new TypeError('The server is not bound to a port')
  }
  return address.port
}

function shut(server: RecordingServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Records the request, then leaves the response to the framework's adapter. */
async function handle(
  incoming: IncomingMessage,
  outgoing: RecordingServerResponse,
  service: Service,
): Promise<void> {
  const requestId = randomValue('req_')
  for (const [name, value] of Object.entries({ ...HEADERS, 'request-id': requestId })) {
    outgoing.setHeader(name, value)
  }
  const entry = isOfInspector(incoming.url) ? null : service.log.open(incoming, outgoing.recorded)
  const exchange = { incoming, outgoing, entry, requestId }
  outgoing.once('close', () => entry?.close(outgoing.getHeaders()))
  const fetchApp = async (request: Request): Promise<Response> => {
    const response = await respond(request, exchange, service)
    if (response !== RESPONSE_ALREADY_SENT) entry?.setStatus(response.status)
    const text = jsonText(response)
    return text === undefined ? response : sendJson(outgoing, text)
  }
  const errorHandler = (): Response => {
    entry?.setStatus(outgoing.destroyed ? 0 : 400)
    return errorResponse(400, 'The request is malformed.', requestId)
  }
  // Otherwise the adapter replaces the global Request and Response of the host process.
  await getRequestListener(fetchApp, { overrideGlobalObjects: false, errorHandler })(incoming, outgoing)
}

function isOfInspector(url: string | undefined): boolean {
  return url === '/' || url === INSPECTOR_PATH || url?.startsWith(`${INSPECTOR_PATH}/`) === true
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: RecordingServerResponse
  readonly entry: LogEntry | null
  readonly requestId: string
}

async function respond(
  request: Request,
  { incoming, outgoing, entry, requestId }: Exchange,
  { app, faults }: Service,
): Promise<Response> {
  const { text, isTooLarge } = await readRequestBody(incoming)
  entry?.setBody(text)
  const trace = entry?.trace ?? { login: null, refusal: null }
  // A page whose own name resolves to 127.0.0.1 (DNS rebinding) is recognised by the host that it asks for.
  if (!LOOPBACK_HOST.test(incoming.headers.host ?? '')) {
    const reason = 'This server responds to localhost, 127.0.0.1 and [::1] only.'
    trace.refusal = { reason, mismatch: { name: 'host', sent: incoming.headers.host ?? null, expected: [] } }
    return errorResponse(421, reason, requestId)
  }
  const process = async (policy: Partial<IssuePolicy> = {}): Promise<Response> => {
    const issuePolicy = { ...USUAL_POLICY, ...policy }
    return app.fetch(withText(request, text), { requestId, bodyTooLarge: isTooLarge, issuePolicy, trace })
  }
  const fault = faults.take(request.url)
  if (fault === null) return process()
  entry?.setFault(fault)
  return respondWithFault(fault, { requestId, outgoing, process })
}

/** All handlers read the body as text. To build another `Request` for it takes much longer. */
function withText(request: Request, text: string): Request {
  return Object.defineProperty(request, 'text', { value: async () => text, configurable: true })
}

/** Sends the headers and the body in one write. */
function sendJson(outgoing: RecordingServerResponse, text: string): Response {
  outgoing.setHeader('content-type', 'application/json').end(text)
  return RESPONSE_ALREADY_SENT
}

function errorResponse(status: number, message: string, requestId: string): Response {
  return Response.json(apiErrorBody(status, message, requestId), { status })
}
