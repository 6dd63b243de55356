import { AnthropicAuthError } from '@anthropic-auth/core'
import { assertFunction, assertSignal, readOptions } from '@anthropic-auth/core/internal'
import type { CallbackRequestEvent } from './callback-request.ts'

/** The options of a callback server. A member that is left out or `undefined` has its default. */
export interface CallbackServerOptions {
  /**
   * The state of the login whose answer is waited for, or the states of several, of which one may answer: 43 to 512
   * characters of `[A-Za-z0-9-._~]` each.
   */
  readonly state: string | readonly string[]
  /** The port, or the ports to try in this order; 0 is any free one. Default: 0. */
  readonly port?: number | readonly number[] | undefined
  /** The path of the redirect URI; it begins with `/`. Default: `/callback`, the one that Anthropic accepts. */
  readonly path?: string | undefined
  /**
   * The host of the redirect URI. Default: `localhost`, the one that Anthropic accepts, which listens on 127.0.0.1
   * and on `[::1]`; `127.0.0.1` listens there alone (RFC 8252, section 7.3).
   */
  readonly redirectHost?: 'localhost' | '127.0.0.1' | undefined
  /** How long to wait for the answer. Default: 300,000, which is five minutes. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /**
   * Pages of your own: whole HTML documents, beginning with `<!doctype html>`, without scripts; their styles are
   * inline, their images `data:` URLs.
   */
  readonly pages?:
    | {
        /** Shown when the answer was received; the login is not finished yet. */
        readonly success?: string | undefined
        /** Shown in every other case: access was denied, or this is not the answer. */
        readonly failure?: string | undefined
      }
    | undefined
  /** Called after each request, for logs and progress; what it throws is ignored. */
  readonly onRequest?: ((event: CallbackRequestEvent) => void) | undefined
}

/** Options that were checked and defaulted. */
export interface CallbackServerSettings {
  readonly states: readonly string[]
  readonly ports: readonly number[]
  readonly path: string
  readonly redirectHost: 'localhost' | '127.0.0.1'
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly pages: { readonly success?: string | undefined; readonly failure?: string | undefined }
  readonly onRequest: ((event: CallbackRequestEvent) => unknown) | undefined
}

const STATE = /^[A-Za-z0-9\-._~]{43,512}$/
const DOCTYPE = /^\s*<!doctype html/i
const SCRIPT = /<script/i
const MAX_PORT = 65_535

/**
 * Checks the options, and fills in the defaults.
 *
 * @throws AnthropicAuthError `port_unavailable` for a number that no port has
 * @throws TypeError for every other misuse
 */
export function resolveOptions(options: CallbackServerOptions): CallbackServerSettings {
  const { state, port = 0, path = '/callback', redirectHost = 'localhost' } = readOptions(options)
  const { timeoutMs = 300_000, signal, pages = {}, onRequest } = readOptions(options)
  const { success, failure } = readOptions(pages, 'pages')
  const states = isList(state) ? allOf(state) : [state]
  const ports = isList(port) ? allOf(port) : [port]
  checkStates(states)
  checkPorts(ports)
  checkRedirect(path, redirectHost)
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
    throw new TypeError('timeoutMs must be a number above 0')
  }
  assertSignal(signal)
  checkPage('success', success)
  checkPage('failure', failure)
  assertFunction(onRequest, 'onRequest')
  return { states, ports, path, redirectHost, timeoutMs, signal, pages: { success, failure }, onRequest }
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

/** Turns the holes of a list into members, so that the checks refuse them. */
function allOf<T>(list: readonly T[]): readonly T[] {
  return Array.from(list)
}

/** As strict as `startFlow()`: a state that can be guessed would let any page of the browser end the wait. */
function checkStates(states: readonly unknown[]): void {
  const areValid = states.every((state) => typeof state === 'string' && STATE.test(state))
  if (states.length > 0 && areValid) return
  throw new TypeError('A state has 43 to 512 characters of A-Z, a-z, 0-9, "-", ".", "_" and "~"')
}

function checkPorts(ports: readonly number[]): void {
  if (ports.length === 0 || !ports.every(Number.isInteger)) {
    throw new TypeError('port must be an integer or a list of integers')
  }
  for (const port of ports) {
    if (port >= 0 && port <= MAX_PORT) continue
    throw new AnthropicAuthError('port_unavailable', `There is no port ${port}: they end at ${MAX_PORT}`, {
      reason: 'out_of_range',
    })
  }
}

function checkRedirect(path: unknown, redirectHost: unknown): void {
  if (redirectHost !== 'localhost' && redirectHost !== '127.0.0.1') {
    throw new TypeError("redirectHost must be 'localhost' or '127.0.0.1'")
  }
  if (typeof path === 'string' && path.startsWith('/') && pathOnTheWire(path) === path) return
  throw new TypeError('path must begin with one "/" and be a path alone, encoded as browsers send it')
}

/** What a browser makes of a path; another text than that could never be matched. */
function pathOnTheWire(path: string): string | null {
  const base = 'http://localhost'
  return URL.canParse(path, base) ? new URL(path, base).pathname : null
}

function checkPage(name: string, page: unknown): void {
  if (page === undefined) return
  if (typeof page !== 'string' || !DOCTYPE.test(page)) {
    throw new TypeError(`pages.${name} must be an HTML document that begins with <!doctype html>`)
  }
  if (SCRIPT.test(page)) {
    throw new TypeError(`pages.${name} must have no script: the page's policy would not run it`)
  }
}
