import {
  type CallbackRequestEvent,
  type CallbackServer,
  type CallbackServerOptions,
  startCallbackServer,
} from '@anthropic-auth/callback-server'
import {
  type AnthropicAuthError,
  generateState,
  isAnthropicAuthError,
  OAuthClient,
  type OAuthFlow,
  type OAuthMode,
  type TokenSet,
} from '@anthropic-auth/core'
import { assertFunction, assertSignal, readOptions } from '@anthropic-auth/core/internal'
import { ignoredCallbackText } from './ignored-callback.ts'
import { openLoginPage, type OpenUrl, withoutBrowser } from './login-browser.ts'
import { LoginLimit } from './login-limit.ts'
import { type LoginProgress, reportProgress, sentences } from './login-progress.ts'
import {
  isServersAnswer,
  joinPastedPieces,
  type LoginAnswer,
  type PasteFlows,
  readPastedAnswer,
} from './pasted-response.ts'
import { isUnknownCode, refusedBefore, unknownCode } from './refused-code.ts'

/** Options of `login()`. Only `mode` is required. */
export interface LoginOptions {
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
  /** Your own pages for the browser, in place of the default ones. See `startCallbackServer()`. */
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

/**
 * Logs a user in: listens on loopback, opens the browser, and takes a pasted code as well, whichever comes first.
 *
 * 1. Starts a flow that ends on loopback, and one that ends on the hosted code page.
 * 2. Passes the URLs to the application, opens the browser and asks for the code.
 * 3. Waits for a response with the state of one of the two flows. All others are reported and ignored.
 * 4. Exchanges the code with its flow. A pasted code that the server doesn't know is asked for again.
 *
 * It writes nothing to the terminal, installs no signal handler, and leaves nothing open.
 *
 * @throws TypeError for an invalid option, or when there is no way to show the URL or to receive the code
 * @throws AnthropicAuthError `authorization_denied`, `account_on_hold`, `organization_mismatch`, `callback_timeout`,
 *   `aborted`, `port_unavailable` or `browser_launch_failed` if that leaves no way to log in, or another code of
 *   `exchangeCode()`
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 */
export async function login(options: LoginOptions): Promise<TokenSet> {
  const given = readOptions(options)
  assertOptions(given)
  const attempt = new LoginAttempt(given)
  try {
    return await attempt.run()
  } finally {
    await attempt.close()
  }
}

type AuthorizationUrls = Parameters<NonNullable<LoginOptions['onAuthorizationUrl']>>[0]

class LoginAttempt {
  readonly #options: LoginOptions
  readonly #client: OAuthClient
  readonly #limit: LoginLimit
  readonly #timeoutMs: number
  /** Aborts when the login is over, or no longer waits for a response. */
  readonly #over = new AbortController()
  #server: CallbackServer | null = null
  #loopback: OAuthFlow | null = null
  #paste: OAuthFlow | null = null
  #starting: Promise<void> | null = null
  /** The codes that the server has refused, with its errors. None is sent again. */
  readonly #refusedCodes = new Map<string, AnthropicAuthError>()
  /** What was pasted so far: the next paste may be the rest of it. */
  readonly #pieces: string[] = []
  /** Another reading of the last paste, for the case that the server refuses the first. */
  #otherReading: LoginAnswer | null = null

  constructor(options: LoginOptions) {
    this.#options = options
    this.#client = options.client ?? new OAuthClient()
    this.#timeoutMs = options.timeoutMs ?? 300_000
    this.#limit = new LoginLimit(this.#timeoutMs, options.signal)
  }

  async run(): Promise<TokenSet> {
    this.#limit.throwIfReached()
    this.#starting = this.#startFlows()
    await Promise.race([this.#limit.reached, this.#starting])
    const shown = failureOf(this.#showUrls())
    // If the hook itself has aborted the login, no browser opens, and a late error of the hook changes nothing.
    shown.catch(() => undefined)
    this.#limit.throwIfReached()
    const answers = [this.#limit.reached, shown, this.#openBrowser(), ...this.#listen()]
    for (let previousError: AnthropicAuthError | null = null; ;) {
      const answer = await Promise.race([...answers, ...this.#ask(previousError)])
      try {
        return await this.#exchange(answer)
      } catch (error) {
        // Only a paste can be half a code, or an old one. The link is still good, so ask again.
        if (!answer.isPasted || !isUnknownCode(error)) throw error
        this.#refusedCodes.set(answer.response.code, error)
        previousError = this.#refusePaste(unknownCode(error))
      }
    }
  }

  /** Ends both ways to receive a response. */
  async close(): Promise<void> {
    this.#over.abort()
    this.#limit.release()
    // A server that is about to listen can only be closed once it does.
    await this.#starting?.catch(() => undefined)
    await this.#server?.close()
  }

  async #startFlows(): Promise<void> {
    const { mode, port = 0, promptForCode, scopes, loginHint, organizationId, workspaceId } = this.#options
    const hints = { scopes, loginHint, organizationId, workspaceId }
    if (promptForCode !== undefined) {
      const redirectUri = this.#client.config.endpoints.codePage
      this.#paste = this.#client.startFlow(mode, { ...hints, redirectUri })
    }
    if (port === false) return
    const state = generateState()
    this.#server = await this.#startServer(state, port)
    if (this.#server === null) return
    const { redirectUri } = this.#server
    this.#loopback = this.#client.startFlow(mode, { ...hints, state, redirectUri })
  }

  async #startServer(state: string, port: number | readonly number[]): Promise<CallbackServer | null> {
    try {
      const { redirectHost, pages } = this.#options
      const server = await startCallbackServer({
        state,
        port,
        redirectHost,
        pages,
        timeoutMs: this.#timeoutMs,
        onRequest: (event) => this.#reportIgnored(event),
      })
      if (!this.#over.signal.aborted) return server
      await server.close()
    } catch (error) {
      if (this.#paste === null || !isAnthropicAuthError(error)) throw error
      this.#report('port_unavailable', sentences(error.message, 'Paste the code instead'))
    }
    return null
  }

  #reportIgnored(event: CallbackRequestEvent): void {
    const text = ignoredCallbackText(event)
    if (text !== null) this.#report('callback_refused', sentences(text, 'Still waiting'))
  }

  /** Runs before the browser opens. An error of the hook ends the login, since the user may not have seen the URLs. */
  #showUrls(): unknown {
    const show: ((urls: AuthorizationUrls) => unknown) | undefined = this.#options.onAuthorizationUrl
    return show?.({
      loopbackUrl: this.#loopback?.authorizationUrl ?? null,
      pasteUrl: this.#paste?.authorizationUrl ?? null,
    })
  }

  /** Never resolves. It rejects when the browser did not open and the user has no other way to get the URL. */
  async #openBrowser(): Promise<never> {
    const { openBrowser = true, onAuthorizationUrl, promptForCode } = this.#options
    const flow = this.#loopback ?? this.#paste
    try {
      if (openBrowser === false || flow === null) return await pending()
      await openLoginPage(flow.authorizationUrl, openBrowser, this.#over.signal)
      this.#report('browser_opened', 'Opened the login page in the browser.')
    } catch (error) {
      if (!isAnthropicAuthError(error)) throw error
      this.#report('browser_not_opened', sentences(error.message))
      if (onAuthorizationUrl === undefined && promptForCode === undefined) throw withoutBrowser(error)
    }
    return pending()
  }

  #report(type: LoginProgress['type'], message: string): void {
    if (!this.#over.signal.aborted) reportProgress(this.#options.onProgress, type, message)
  }

  #listen(): readonly Promise<LoginAnswer>[] {
    const [server, flow] = [this.#server, this.#loopback]
    if (server === null || flow === null) return []
    const answer = server.waitForCallback().then((response) => ({ flow, response, isPasted: false }))
    return [answer]
  }

  #ask(previousError: AnthropicAuthError | null): readonly Promise<LoginAnswer>[] {
    const { promptForCode } = this.#options
    if (this.#paste === null || promptForCode === undefined) return []
    return [this.#askUntilAnswered(this.#paste, promptForCode, previousError)]
  }

  async #askUntilAnswered(
    paste: OAuthFlow,
    promptForCode: NonNullable<LoginOptions['promptForCode']>,
    firstError: AnthropicAuthError | null,
  ): Promise<LoginAnswer> {
    const flows = { paste, loopback: this.#loopback, requireState: this.#client.config.requireState ?? false }
    const { signal } = this.#over
    for (let previousError = firstError; ;) {
      // A prompt that resolves at once must not keep timers, the signal and the callback from being handled.
      if (previousError !== null) await new Promise((resolve) => setTimeout(resolve))
      if (signal.aborted) return pending()
      const other = this.#otherReading
      this.#otherReading = null
      if (other !== null && !this.#refusedCodes.has(other.response.code)) return other
      const text = await promptForCode({ url: paste.authorizationUrl, previousError, signal })
      try {
        const answer = this.#read(text, flows)
        if (!this.#refusedCodes.has(answer.response.code)) return answer
        previousError = this.#refusePaste(refusedBefore())
      } catch (error) {
        if (!isAnthropicAuthError(error) || isServersAnswer(error)) throw error
        previousError = this.#refusePaste(error)
      }
    }
  }

  /** Reads a paste by itself, or as the rest of earlier ones. */
  #read(text: string, flows: PasteFlows): LoginAnswer {
    const joined = joinPastedPieces(this.#pieces, text, flows)
    this.#pieces.push(text)
    try {
      const answer = readPastedAnswer(text, flows)
      this.#otherReading = joined
      return answer
    } catch (error) {
      if (joined !== null && isAnthropicAuthError(error)) return joined
      throw error
    }
  }

  #refusePaste(error: AnthropicAuthError): AnthropicAuthError {
    this.#report('paste_refused', sentences(error.message, error.hint))
    return error
  }

  /** Exchanges the code. A pasted one may be refused, so the browser's redirect can still come meanwhile. */
  async #exchange({ response, flow, isPasted }: LoginAnswer): Promise<TokenSet> {
    // The browser may bring the code that was pasted and refused.
    const refused = this.#refusedCodes.get(response.code)
    if (refused !== undefined) throw refused
    this.#report('exchanging', 'Exchanging the code for tokens.')
    if (!isPasted) await this.close()
    return this.#client.exchangeCode(response, flow, { signal: this.#options.signal })
  }
}

/** Never settles: something else ends the login. */
async function pending(): Promise<never> {
  return new Promise<never>(() => undefined)
}

/** Rejects when the work does, and never resolves. */
async function failureOf(work: unknown): Promise<never> {
  await work
  return pending()
}

function assertOptions(options: LoginOptions): void {
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
