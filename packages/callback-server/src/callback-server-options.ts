import { AnthropicAuthError } from '@anthropic-auth/core'
import { assertFunction, assertSignal, readOptions } from '@anthropic-auth/core/internal'
import type { CallbackRequestEvent } from './callback-request.ts'

/** The options of `startCallbackServer()`. */
export interface CallbackServerOptions {
  /**
   * The state of the login, or the states of several logins: the first response to any of them counts. A state has 43 to 512
   * characters of `[A-Za-z0-9._~-]`.
   */
  readonly state: string | readonly string[]
  /**
   * The port, or ports to try in order. `0` stands for any free port.
   *
   * @default 0
   */
  readonly port?: number | readonly number[] | undefined
  /**
   * The path of the redirect URI. For its default client id, Anthropic accepts only the default.
   *
   * @default '/callback'
   */
  readonly path?: string | undefined
  /**
   * The host of the redirect URI. For `localhost`, the server listens on 127.0.0.1 and `[::1]`. For its default client
   * id, Anthropic accepts only the default.
   *
   * @default 'localhost'
   * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
   */
  readonly redirectHost?: 'localhost' | '127.0.0.1' | undefined
  /**
   * How long to wait for the response, from the start of the server.
   *
   * @default 300_000
   */
  readonly timeoutMs?: number | undefined
  /** Aborts the wait. */
  readonly signal?: AbortSignal | undefined
  /**
   * Your own pages. Each is a whole HTML document that begins with `<!doctype html>`, without scripts, with inline
   * styles, and with `data:` URLs for images.
   */
  readonly pages?:
    | {
        /** Shown when the response was received. The login isn't finished yet. */
        readonly success?: string | undefined
        /** Shown for every other request, such as a denied login or a request with a different state. */
        readonly failure?: string | undefined
      }
    | undefined
  /** Called after each request, for logs and progress. Its errors are ignored. */
  readonly onRequest?: ((event: CallbackRequestEvent) => void) | undefined
}

/** Validated options with their defaults. */
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
 * Validates the options, and adds the defaults.
 *
 * @throws AnthropicAuthError `port_unavailable` for a number that isn't a port
 * @throws TypeError for every other invalid option
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

/** As strict as `startFlow()`: if a state can be guessed, any page in the browser can end the wait. */
function checkStates(states: readonly unknown[]): void {
  const areValid = states.every((state) => typeof state === 'string' && STATE.test(state))
  if (states.length > 0 && areValid) return
  throw new TypeError('state must have 43 to 512 characters of [A-Za-z0-9._~-]')
}

function checkPorts(ports: readonly number[]): void {
  if (ports.length === 0 || !ports.every(Number.isInteger)) {
    throw new TypeError('port must be an integer or a list of integers')
  }
  const invalid = ports.find((port) => port < 0 || port > MAX_PORT)
  if (invalid === undefined) return
  const message = `Invalid port ${invalid}: must be between 0 and ${MAX_PORT}`
  throw new AnthropicAuthError('port_unavailable', message, { reason: 'out_of_range' })
}

function checkRedirect(path: unknown, redirectHost: unknown): void {
  if (redirectHost !== 'localhost' && redirectHost !== '127.0.0.1') {
    throw new TypeError("redirectHost must be 'localhost' or '127.0.0.1'")
  }
  if (typeof path === 'string' && path.startsWith('/') && pathOnTheWire(path) === path) return
  throw new TypeError(
    'path must begin with one "/", have no query, and be percent-encoded as browsers send it',
  )
}

/** The path as a browser sends it. Any other text would never match a request. */
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
    throw new TypeError(
      `pages.${name} must not contain a script: the page's Content-Security-Policy blocks it`,
    )
  }
}
