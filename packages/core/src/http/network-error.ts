import { hintFor } from '../error/error-hint.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { isJsonObject } from '../syntax/json-object.ts'
import { memberOf, membersOf } from '../syntax/members.ts'
import { MAYBE_PROCESSED_HINT, PROXY_AUTHENTICATION_HINT } from './http-hint.ts'
import type { RequestDescription } from './http-response.ts'
import { proxyHint } from './proxy-hint.ts'

/** The request that failed. */
export interface FailedRequest extends RequestDescription {
  readonly url: string
}

const MESSAGES = {
  dns: 'could not be reached: its host was not found',
  connect: 'could not be reached: no connection',
  tls: 'could not be reached: its certificate was not accepted',
  proxy_authentication: 'could not be reached: the proxy requires authentication (HTTP 407)',
  proxy: 'could not be reached: the proxy refused to connect',
  connection_lost: 'ended the connection before its response was complete',
} as const

type Reason = keyof typeof MESSAGES

/** More precise hints than that of the code. */
const HINTS: { readonly [R in Reason]?: string } = {
  dns: 'Check the spelling of the host, and the network connection.',
  tls: "The server's certificate was not accepted. Behind a proxy that inspects TLS, run Node with --use-system-ca, or with NODE_EXTRA_CA_CERTS set to the proxy's certificate.",
  proxy: 'Check that the proxy works and allows connections to this host.',
  proxy_authentication: PROXY_AUTHENTICATION_HINT,
}

/** These failures prove that nothing was sent to the server. */
const NOT_SENT = new Set<Reason>(['dns', 'connect', 'proxy'])
/** Failures that a proxy can cause, if it is ignored or out of order. */
const MAYBE_PROXY = new Set<Reason>(['dns', 'connect', 'connection_lost'])
/** After these, the same request fails again until someone changes a setting. */
const LASTING = new Set<Reason>(['tls', 'proxy_authentication'])

/**
 * Wraps what `fetch` threw. The error has no cause, since the errors of ky and `fetch` contain the request.
 *
 * @param isOwnFetch - whether the runtime's `fetch` sent the request; other implementations find proxies in their own way
 */
export function networkError(
  error: unknown,
  request: FailedRequest,
  isOwnFetch: boolean,
): AnthropicAuthError {
  if (error instanceof AnthropicAuthError) return error
  const reason = isUnexplained(error) ? 'proxy_authentication' : networkReason(errorSigns(error))
  const url = new URL(request.url)
  const retryable = NOT_SENT.has(reason) || (request.repeatable && !LASTING.has(reason))
  const mayBeProcessed = reason === 'connection_lost' && !retryable
  const hints = [
    mayBeProcessed ? MAYBE_PROCESSED_HINT : (HINTS[reason] ?? hintFor('network_error')),
    isOwnFetch && MAYBE_PROXY.has(reason) && proxyHint(url),
  ]
  const message = `The ${request.name} at ${url.host} ${MESSAGES[reason]}`
  const hint = hints.filter(Boolean).join(' ')
  return new AnthropicAuthError('network_error', message, { reason, retryable, hint })
}

/** How deep causes are followed. */
const MAX_DEPTH = 5

const DNS_CODE = /^(?:ENOTFOUND|EAI_\w+)$/
const CONNECT_CODE =
  /^(?:connect|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket)$/
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|EPROTO/
/** Bun and `node:https` use this code. */
const PROXY_CODE = 'ERR_PROXY_TUNNEL'
/** undici, Deno and tunnel-agent have only a message for a proxy that refuses a tunnel. */
const PROXY_REFUSAL =
  /^Proxy response \(\d{3}\)|^Failed to establish tunnel|tunneling socket could not be established|proxy auth/i
const PROXY_AUTHENTICATION = /\b407\b|proxy auth/i

/** Finds the reason in the runtime's error codes. Without a code, bytes may have been sent. */
function networkReason(chain: readonly ErrorSigns[]): Reason {
  const refusal = chain.find(({ code, message }) => code === PROXY_CODE || PROXY_REFUSAL.test(message))
  if (refusal !== undefined) {
    return PROXY_AUTHENTICATION.test(refusal.message) ? 'proxy_authentication' : 'proxy'
  }
  const codes = chain.flatMap(({ code, syscall }) => [code, syscall])
  if (codes.some((code) => DNS_CODE.test(code))) return 'dns'
  if (codes.some((code) => CONNECT_CODE.test(code))) return 'connect'
  if (codes.some((code) => TLS_CODE.test(code))) return 'tls'
  return 'connection_lost'
}

/**
 * Whether undici gave no reason. That happens only for HTTP 407, which the fetch standard hides.
 *
 * @see https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
function isUnexplained(error: unknown, depth = 0): boolean {
  if (!isJsonObject(error) || depth > MAX_DEPTH) return false
  const { message, cause } = membersOf(error)
  if (message !== 'fetch failed') return isUnexplained(cause, depth + 1)
  return cause instanceof Error && cause.message === '' && memberOf(cause, 'code') === undefined
}

/** The parts of an error that tell what happened. */
interface ErrorSigns {
  readonly code: string
  readonly syscall: string
  readonly message: string
}

/** Returns the signs of an error, its causes, and the errors of an aggregate, which has one for each address tried. */
export function errorSigns(error: unknown, depth = 0): readonly ErrorSigns[] {
  if (!isJsonObject(error) || depth > MAX_DEPTH) return []
  const { code, syscall, message, cause, errors } = membersOf(error)
  const inner: readonly unknown[] = isList(errors) ? [cause, ...errors] : [cause]
  const signs = { code: textOf(code), syscall: textOf(syscall), message: textOf(message) }
  return [signs, ...inner.flatMap((each) => errorSigns(each, depth + 1))]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
