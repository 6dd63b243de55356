import { type CallbackServer, startCallbackServer } from '@anthropic-auth/callback-server'
import {
  AnthropicAuthError,
  generateState,
  isAnthropicAuthError,
  OAuthClient,
  type OAuthFlow,
  type OAuthMode,
  type TokenSet,
} from '@anthropic-auth/core'
import { openLoginPage, type OpenUrl } from './login-browser.ts'
import { LoginLimit } from './login-limit.ts'
import { type LoginProgress, reportProgress, sentences } from './login-progress.ts'
import { isServersAnswer, type LoginAnswer, readPastedAnswer } from './pasted-answer.ts'

/** What a login needs to know; all but the mode has a default. */
export interface LoginOptions {
  readonly mode: OAuthMode
  /** Default: `new OAuthClient()`. Its own `redirectUri` plays no part: the answer goes to loopback or to the code page. */
  readonly client?: OAuthClient | undefined
  /** Default: the client's. */
  readonly scopes?: readonly string[] | undefined
  /** The e-mail address to fill in. */
  readonly loginHint?: string | undefined
  /** The UUID of the organization to log in to; a login to another one is refused. */
  readonly organizationId?: string | undefined
  /** The workspace to log in to; a login to another one is refused. */
  readonly workspaceId?: string | undefined
  /** Where to listen on loopback: a port, or several to try in order; default 0 = any free one; `false` = paste only. */
  readonly port?: number | readonly number[] | false | undefined
  /** Default `true`; or a function of the application's own, such as one on `vscode.env.openExternal`. */
  readonly openBrowser?: boolean | OpenUrl | undefined
  /**
   * Hears the URLs before the browser is opened. `loopbackUrl` is for a browser on this machine or behind a tunnel to
   * it, `pasteUrl` for any other: it ends on a page that shows the code to paste. What this throws ends the login.
   */
  readonly onAuthorizationUrl?:
    | ((urls: { readonly loopbackUrl: string | null; readonly pasteUrl: string | null }) => void)
    | undefined
  /** Hears what a person may want to know meanwhile; what it throws is ignored. */
  readonly onProgress?: ((event: LoginProgress) => void) | undefined
  /**
   * Asks the person for the code; called again with `previousError` after a paste that was none. Without it, there is no
   * way but loopback. What it rejects with ends the login.
   */
  readonly promptForCode?: ((request: CodeRequest) => Promise<string>) | undefined
  readonly signal?: AbortSignal | undefined
  /** How long to wait for an answer; default 300,000. The exchange after it has the client's own limit. */
  readonly timeoutMs?: number | undefined
}

/** What a prompt for the code gets. */
export interface CodeRequest {
  /** The URL that leads to the code. */
  readonly url: string
  /** Why the last paste was not taken. */
  readonly previousError: AnthropicAuthError | null
  /** Aborts when the login is over: the prompt should disappear. */
  readonly signal: AbortSignal
}

/**
 * Logs a person in: listens on loopback, opens the browser, and takes a pasted code as well, whichever comes first.
 *
 * 1. Listens, and starts one flow that ends there and one that ends on the hosted code page.
 * 2. Tells the application the URLs, opens the browser and asks for the code.
 * 3. Waits for an answer with the state of one of the two flows; any other is reported and waited out.
 * 4. Ends both ways, and exchanges the code with the flow that it came for.
 *
 * Silent by itself: it touches no terminal, installs no signal handler, and leaves nothing open.
 *
 * @throws TypeError when an option is none, or nobody could learn the URL or give the answer
 * @throws AnthropicAuthError `authorization_denied`, `account_on_hold`, `organization_mismatch`, `callback_timeout`,
 *   `aborted`, `port_unavailable` or `browser_launch_failed` if that leaves no way to log in, or another code of
 *   `exchangeCode()`
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 */
export async function login(options: LoginOptions): Promise<TokenSet> {
  assertOptions(options)
  const attempt = new LoginAttempt(options)
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
  /** Aborts when the login is over, or no answer is waited for any more. */
  readonly #over = new AbortController()
  #server: CallbackServer | null = null
  #loopback: OAuthFlow | null = null
  #paste: OAuthFlow | null = null
  #starting: Promise<void> | null = null
  /** Bare codes that were sent, and what became of each: none is sent twice. */
  readonly #unknownCodes = new Map<string, AnthropicAuthError>()

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
    // The hook itself may have aborted: then no browser opens, and what becomes of the hook is nobody's concern.
    shown.catch(() => undefined)
    this.#limit.throwIfReached()
    const answers = [this.#limit.reached, shown, this.#openBrowser(), ...this.#listen()]
    for (let previousError: AnthropicAuthError | null = null; ;) {
      const answer = await Promise.race([...answers, ...this.#ask(previousError)])
      this.#report('exchanging', 'Exchanging the code for tokens.')
      if (answer.isCertain) await this.close()
      try {
        return await this.#exchange(answer)
      } catch (error) {
        // A bare code that the server does not know was half of one, or of another login.
        if (answer.isCertain || !isUnknownCode(error)) throw error
        previousError = this.#refusePaste(unknownCode(error))
        this.#unknownCodes.set(answer.response.code, previousError)
      }
    }
  }

  /** Ends both ways; what is asked or awaited still comes to nothing. */
  async close(): Promise<void> {
    this.#over.abort()
    this.#limit.release()
    // Ended while it was about to listen: then it does, and only after that the port can be freed.
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
      const server = await startCallbackServer({
        state,
        port,
        timeoutMs: this.#timeoutMs,
        onRequest: ({ status }) => {
          if (status !== 400) return
          const message = 'An answer that does not belong to this login was refused. Still waiting for yours.'
          this.#report('callback_refused', message)
        },
      })
      if (!this.#over.signal.aborted) return server
      await server.close()
    } catch (error) {
      if (this.#paste === null || !isAnthropicAuthError(error)) throw error
      this.#report('port_unavailable', sentences(error.message, 'Paste the code instead'))
    }
    return null
  }

  /** Before the browser opens; what the hook throws ends the login, since nobody may have learned the URLs. */
  #showUrls(): unknown {
    const show: ((urls: AuthorizationUrls) => unknown) | undefined = this.#options.onAuthorizationUrl
    return show?.({
      loopbackUrl: this.#loopback?.authorizationUrl ?? null,
      pasteUrl: this.#paste?.authorizationUrl ?? null,
    })
  }

  /** Never an answer: it rejects where nobody could learn the URL from anything but the browser that did not open. */
  async #openBrowser(): Promise<never> {
    const { openBrowser = true, onAuthorizationUrl, promptForCode } = this.#options
    const flow = this.#loopback ?? this.#paste
    try {
      if (openBrowser === false || flow === null) return await pending()
      await openLoginPage(flow.authorizationUrl, openBrowser, this.#over.signal)
      this.#report('browser_opened', 'The login page was opened in the browser.')
    } catch (error) {
      if (!isAnthropicAuthError(error)) throw error
      this.#report('browser_not_opened', notOpened(error))
      if (onAuthorizationUrl === undefined && promptForCode === undefined) throw error
    }
    return pending()
  }

  #report(type: LoginProgress['type'], message: string): void {
    if (!this.#over.signal.aborted) reportProgress(this.#options.onProgress, type, message)
  }

  #listen(): readonly Promise<LoginAnswer>[] {
    const [server, flow] = [this.#server, this.#loopback]
    if (server === null || flow === null) return []
    const answer = server.waitForCallback().then((response) => ({ flow, response, isCertain: true }))
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
      // A prompt that answers at once must not keep the timer, the signal or the other way from ending this.
      if (previousError !== null) await new Promise((resolve) => setTimeout(resolve))
      if (signal.aborted) return pending()
      const text = await promptForCode({ url: paste.authorizationUrl, previousError, signal })
      try {
        const answer = readPastedAnswer(text, flows)
        const refused = answer.isCertain ? undefined : this.#unknownCodes.get(answer.response.code)
        if (refused === undefined) return answer
        previousError = this.#refusePaste(refused)
      } catch (error) {
        if (!isAnthropicAuthError(error) || isServersAnswer(error)) throw error
        previousError = this.#refusePaste(error)
      }
    }
  }

  #refusePaste(error: AnthropicAuthError): AnthropicAuthError {
    this.#report('paste_refused', sentences(error.message, error.hint))
    return error
  }

  async #exchange({ response, flow }: LoginAnswer): Promise<TokenSet> {
    return this.#client.exchangeCode(response, flow, { signal: this.#options.signal })
  }
}

/** Answers nothing: something else ends the login. */
async function pending(): Promise<never> {
  return new Promise<never>(() => undefined)
}

/** Only ever fails: by what an asynchronous hook rejects with. */
async function failureOf(work: unknown): Promise<never> {
  await work
  return pending()
}

function notOpened({ message }: AnthropicAuthError): string {
  const what = 'The browser was not opened'
  return message.startsWith(what) ? sentences(message) : sentences(what, message)
}

function isUnknownCode(error: unknown): error is AnthropicAuthError {
  return isAnthropicAuthError(error, 'oauth_error') && error.error === 'invalid_grant'
}

/** Asked again, the person can do better than to start anew. */
function unknownCode({ requestId, status }: AnthropicAuthError): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', 'The server does not know this code', {
    reason: 'unknown_code',
    requestId,
    status,
  })
}

function assertOptions(options: LoginOptions): void {
  const { port, openBrowser, onAuthorizationUrl, promptForCode, signal, timeoutMs } = options
  if (port === false && promptForCode === undefined) {
    throw new TypeError('With port: false, promptForCode is the only way to get the answer: give it')
  }
  if (openBrowser === false && onAuthorizationUrl === undefined && promptForCode === undefined) {
    throw new TypeError('With openBrowser: false, give onAuthorizationUrl or promptForCode to show the URL')
  }
  for (const one of port === undefined || port === false ? [] : [port].flat()) assertPort(one)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError('signal must be an AbortSignal')
  }
  if (timeoutMs === undefined || (Number.isFinite(timeoutMs) && timeoutMs > 0)) return
  throw new TypeError('timeoutMs must be a finite number of milliseconds above 0')
}

function assertPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new TypeError('A port is an integer from 0 to 65535')
}
