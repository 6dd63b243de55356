import type { CallbackServerOptions } from '@anthropic-auth/callback-server'
import type { AnthropicAuthError, OAuthClient, OAuthMode } from '@anthropic-auth/core'
import { assertFunction, assertSignal } from '@anthropic-auth/core/internal'
import type { OpenUrl } from './login-browser.ts'
import type { LoginProgress } from './login-progress.ts'

/** Options of `login()`. Only `mode` is required. */
export interface LoginOptions {
  /** `'console'` is for API keys and the API, `'max'` for a Claude Pro or Max subscription. */
  readonly mode: OAuthMode
  /**
   * The client to log in with. Its own `redirectUri` is not used.
   *
   * @default new OAuthClient()
   */
  readonly client?: OAuthClient | undefined
  /**
   * The scopes to ask for.
   *
   * @default the client's
   */
  readonly scopes?: readonly string[] | undefined
  /** The e-mail address to fill in on the login page. */
  readonly loginHint?: string | undefined
  /** The UUID of the organization to log in to; a login to another one is refused. */
  readonly organizationId?: string | undefined
  /** The workspace to log in to; a login to another one is refused. */
  readonly workspaceId?: string | undefined
  /**
   * The port to listen on, or several ports to try in order. 0 is any free port; `false` takes a pasted code only.
   *
   * @default 0
   */
  readonly port?: number | readonly number[] | false | undefined
  /**
   * The host of the loopback redirect URI.
   *
   * @default 'localhost'
   */
  readonly redirectHost?: CallbackServerOptions['redirectHost']
  /**
   * The pages that the browser shows at the end. See `startCallbackServer()`.
   *
   * @default plain pages that tell the user to close the window
   */
  readonly pages?: CallbackServerOptions['pages']
  /**
   * Whether to open the browser, or a function that opens the URL, such as one that calls `vscode.env.openExternal`.
   *
   * @default true
   */
  readonly openBrowser?: boolean | OpenUrl | undefined
  /**
   * Called with the URLs before the browser opens. `loopbackUrl` is for a browser on this machine, or one that can
   * reach its port; `pasteUrl` is for any browser: it ends on a page that shows the code to paste. An error that this
   * throws ends the login.
   */
  readonly onAuthorizationUrl?:
    | ((urls: { readonly loopbackUrl: string | null; readonly pasteUrl: string | null }) => void)
    | undefined
  /** Called with `{ type, message }` for each step that you may want to show. Errors that it throws are ignored. */
  readonly onProgress?: ((event: LoginProgress) => void) | undefined
  /**
   * Asks the user for the code. It is called again, with `previousError`, when the code was refused. Without it, only
   * the browser's redirect to loopback can finish the login. An error that it rejects with ends the login.
   */
  readonly promptForCode?: ((request: CodeRequest) => Promise<string>) | undefined
  /** Ends the login. */
  readonly signal?: AbortSignal | undefined
  /**
   * How long to wait for the browser or the code, in milliseconds. The exchange that follows has the client's own
   * limit.
   *
   * @default 300_000
   */
  readonly timeoutMs?: number | undefined
}

/** The argument of `promptForCode`. */
export interface CodeRequest {
  /** The URL that leads to the code. */
  readonly url: string
  /** Why the last code was refused; `null` the first time. */
  readonly previousError: AnthropicAuthError | null
  /** Aborts when the login no longer waits for a code: close the prompt then. */
  readonly signal: AbortSignal
}

/** @throws TypeError for an invalid option, or for options that leave the user no way to log in */
export function assertOptions(options: LoginOptions): void {
  const { port, openBrowser, onAuthorizationUrl, onProgress, promptForCode, signal, timeoutMs } = options
  assertSignal(signal)
  for (const [name, hook] of Object.entries({ onAuthorizationUrl, onProgress, promptForCode })) {
    assertFunction(hook, name)
  }
  if (typeof openBrowser !== 'boolean') assertFunction(openBrowser, 'openBrowser')
  if (port === false && promptForCode === undefined) {
    throw new TypeError('port: false needs promptForCode, since the code can only be pasted')
  }
  if (openBrowser === false && onAuthorizationUrl === undefined && promptForCode === undefined) {
    throw new TypeError('openBrowser: false needs onAuthorizationUrl or promptForCode, to show the URL')
  }
  for (const one of port === undefined || port === false ? [] : [port].flat()) assertPort(one)
  if (timeoutMs === undefined || (Number.isFinite(timeoutMs) && timeoutMs > 0)) return
  throw new TypeError('timeoutMs must be a finite number of milliseconds greater than 0')
}

function assertPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new TypeError('port must be an integer from 0 to 65535, or a list of them')
}
