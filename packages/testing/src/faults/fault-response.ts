import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { apiErrorBody } from '../api/api-error.ts'
import type { IssuePolicy } from '../authorization-server/server-state.ts'
import type { Fault, VerificationRequiredFault } from './fault.ts'

const VERIFICATION_PAGE = 'https://platform.claude.com/settings/verification'
const VERIFICATION_WORDING = 'Your organization must be verified before it can create API keys.'

const OTHER_ORGANIZATION_ID = 'f3a9c1d7-5e20-4b68-9d34-0c7e81b2a6f5'

/** The API's own words, as users reported them in 2025 and 2026. */
const SUBSCRIPTION_REFUSALS = {
  claude_code_only:
    'This credential is only authorized for use with Claude Code and cannot be used for other API requests.',
  extra_usage:
    'Third-party apps now draw from your extra usage, not your plan limits. Add more at claude.ai/settings/usage and keep going.',
}

/** A request to which a fault applies. */
export interface FaultyRequest {
  readonly requestId: string
  readonly outgoing: ServerResponse
  /** Processes the request, and returns the server's response. */
  readonly process: (policy?: Partial<IssuePolicy>) => Promise<Response>
}

type FaultResponse<T extends Fault['type']> = (
  fault: Extract<Fault, { type: T }>,
  request: FaultyRequest,
) => Response | Promise<Response>

const RESPONSES: { readonly [T in Fault['type']]: FaultResponse<T> } = {
  delay: ({ ms }, request) => respondLate(request, ms),
  drip: ({ intervalMs }, request) => respondInDrips(request, intervalMs),
  reset_before: (_, request) => reset(request),
  reset_after: async (_, request) => {
    await request.process()
    return reset(request)
  },
  no_answer: async (_, request) => {
    await request.process()
    return RESPONSE_ALREADY_SENT
  },
  redirect: ({ status = 307, location }) => new Response(null, { status, headers: { location } }),
  rate_limit: ({ retryAfter }, request) => errorResponse(request, 429, retryAfter),
  server_error: ({ status = 500, retryAfter }, request) => errorResponse(request, status, retryAfter),
  html: ({ status }) => htmlResponse(status),
  oversize: ({ bytes }) => bodyResponse(streamOf(jsonOfSize(bytes)), {}),
  gzip_bomb: ({ bytes }) => gzipBomb(bytes),
  body: ({ status = 200, contentType = 'application/json', body }) =>
    new Response(body, { status, headers: { 'content-type': contentType } }),
  changed_answer: ({ merge = {}, omit = [] }, request) => changeResponse(request, merge, omit),
  dropped_scope: ({ scopes }, request) => request.process({ withheldScopes: scopes }),
  no_rotation: (_, request) => request.process({ rotate: false }),
  other_organization: ({ id = OTHER_ORGANIZATION_ID, name = 'Other Organization' }, request) =>
    request.process({ organization: { uuid: id, name } }),
  other_workspace: ({ id = 'wrkspc_other', name = 'Other Workspace' }, request) =>
    request.process({ workspace: { id, name } }),
  subscription_refused: ({ wording = 'claude_code_only' }, { requestId }) =>
    Response.json(apiErrorBody(400, SUBSCRIPTION_REFUSALS[wording], requestId), { status: 400 }),
  verification_required: (fault, { requestId }) => verificationRequired(fault, requestId),
}

function verificationRequired(fault: VerificationRequiredFault, requestId: string): Response {
  const { adminRequired = false, remediationUrl = VERIFICATION_PAGE } = fault
  const { error, ...body } = apiErrorBody(403, VERIFICATION_WORDING, requestId)
  const details = {
    error_code: 'verification_required',
    wording: VERIFICATION_WORDING,
    admin_required: adminRequired,
    remediation_url: remediationUrl,
  }
  return Response.json({ ...body, error: { ...error, details } }, { status: 403 })
}

/** Responds to a request to which a fault applies. */
export function respondWithFault<T extends Fault['type']>(
  fault: Extract<Fault, { type: T }>,
  request: FaultyRequest,
): Response | Promise<Response> {
  return RESPONSES[fault.type](fault, request)
}

async function respondLate(request: FaultyRequest, ms: number): Promise<Response> {
  const response = await request.process()
  const connection = closeSignal(request.outgoing)
  try {
    await wait(ms, undefined, { signal: connection })
    return response
  } catch {
    return RESPONSE_ALREADY_SENT
  }
}

async function respondInDrips(request: FaultyRequest, intervalMs: number): Promise<Response> {
  const response = await request.process()
  const bytes = new Uint8Array(await response.arrayBuffer())
  const { status, headers } = response
  return new Response(drip(bytes, intervalMs, closeSignal(request.outgoing)), { status, headers })
}

function drip(bytes: Uint8Array, intervalMs: number, signal: AbortSignal): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      // Rejects when the client has disconnected, and then nobody reads the body.
      await wait(intervalMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted || sent >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(sent, ++sent))
    },
  })
}

function reset({ outgoing }: FaultyRequest): Response {
  outgoing.socket?.resetAndDestroy()
  return RESPONSE_ALREADY_SENT
}

function errorResponse({ requestId }: FaultyRequest, status: number, retryAfter?: number | string): Response {
  const body = apiErrorBody(status, 'This error was requested by a fault of the emulator.', requestId)
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return Response.json(body, { status, headers })
}

function htmlResponse(status: number): Response {
  const body = `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`
  return new Response(body, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
}

function gzipBomb(bytes: number): Response {
  const compressed = streamOf(jsonOfSize(bytes)).pipeThrough(new CompressionStream('gzip'))
  return bodyResponse(compressed, { 'content-encoding': 'gzip' })
}

function bodyResponse(body: ReadableStream<Bytes>, headers: Readonly<Record<string, string>>): Response {
  return new Response(body, { headers: { 'content-type': 'application/json', ...headers } })
}

type Bytes = Uint8Array<ArrayBuffer>

/** Makes the pieces as they are read, so that a large body needs no memory. */
function streamOf(pieces: Generator<Bytes, void>): ReadableStream<Bytes> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.next()
      if (piece.done === true) controller.close()
      else controller.enqueue(piece.value)
    },
  })
}

function* jsonOfSize(bytes: number): Generator<Bytes, void> {
  const encoder = new TextEncoder()
  const head = encoder.encode('{"padding":"')
  const tail = encoder.encode('"}')
  yield head
  const piece = new Uint8Array(65_536).fill('a'.charCodeAt(0))
  for (let left = bytes - head.length - tail.length; left > 0; left -= piece.length) {
    yield piece.slice(0, left)
  }
  yield tail
}

async function changeResponse(
  request: FaultyRequest,
  merge: Readonly<Record<string, unknown>>,
  omit: readonly string[],
): Promise<Response> {
  const response = await request.process()
  if (!response.ok) return response
  const { status, headers } = response
  const body: unknown = await response.json()
  const members = Object.entries({ ...(isObject(body) && body), ...merge })
  const changed = JSON.stringify(Object.fromEntries(members.filter(([name]) => !omit.includes(name))))
  return new Response(changed, { status, headers })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Returns a signal that aborts when the connection is closed. */
function closeSignal(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController()
  if (outgoing.destroyed) controller.abort()
  else outgoing.once('close', () => controller.abort())
  return controller.signal
}
