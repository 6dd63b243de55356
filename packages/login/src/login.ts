import {
  type CallbackRequestEvent,
  type CallbackServer,
  startCallbackServer,
} from '@anthropic-auth/callback-server'
import {
  type AnthropicAuthError,
  generateState,
  isAnthropicAuthError,
  OAuthClient,
  type OAuthFlow,
  type TokenSet,
} from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import { ignoredCallbackText } from './ignored-callback.ts'
import { openLoginPage, withoutBrowser } from './login-browser.ts'
import { LoginLimit } from './login-limit.ts'
import { assertOptions, type LoginOptions } from './login-options.ts'
import { type LoginProgress, reportProgress, sentences } from './login-progress.ts'
import { PastedCodes } from './pasted-codes.ts'
import type { LoginResponse } from './pasted-response.ts'
import { isUnknownCode, unknownCode } from './refused-code.ts'

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
 * @example
 *   ```ts
 *   import { OAuthClient } from '@anthropic-auth/core'
 *   import { login } from '@anthropic-auth/login'
 *
 *   const client = new OAuthClient()
 *   const tokens = await login({
 *     mode: 'console',
 *     client,
 *     onAuthorizationUrl: ({ loopbackUrl }) => console.log(`Opening ${loopbackUrl}`),
 *   })
 *   const { account } = await client.getProfile(tokens)
 *   console.log(`Logged in as ${account?.email}`)
 *   ```
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
    return this.#exchangeFirst([this.#limit.reached, shown, this.#openBrowser(), ...this.#listen()])
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

  #listen(): readonly Promise<LoginResponse>[] {
    const [server, flow] = [this.#server, this.#loopback]
    if (server === null || flow === null) return []
    return [server.waitForCallback().then((response) => ({ flow, response, isPasted: false }))]
  }

  /** Exchanges the first response that the server accepts, from the browser or pasted. */
  async #exchangeFirst(others: readonly Promise<LoginResponse>[]): Promise<TokenSet> {
    const codes = this.#pastedCodes()
    for (let previousError: AnthropicAuthError | null = null; ;) {
      const pasted = codes === null ? [] : [codes.next(previousError)]
      const received = await Promise.race([...others, ...pasted])
      try {
        return await this.#exchange(received)
      } catch (error) {
        // Only a paste can be half a code, or an old one. The link is still good, so ask again.
        if (!received.isPasted || !isUnknownCode(error)) throw error
        this.#refusedCodes.set(received.response.code, error)
        previousError = unknownCode(error)
        this.#reportRefused(previousError)
      }
    }
  }

  #pastedCodes(): PastedCodes | null {
    const [paste, loopback] = [this.#paste, this.#loopback]
    const { promptForCode } = this.#options
    if (paste === null || promptForCode === undefined) return null
    return new PastedCodes(this.#refusedCodes, {
      promptForCode,
      flows: { paste, loopback, requireState: this.#client.config.requireState ?? false },
      signal: this.#over.signal,
      onRefused: (error) => this.#reportRefused(error),
    })
  }

  /** Exchanges the code. A pasted one may be refused, so the browser's redirect can still come meanwhile. */
  async #exchange({ response, flow, isPasted }: LoginResponse): Promise<TokenSet> {
    // The browser may bring the code that was pasted and refused.
    const refused = this.#refusedCodes.get(response.code)
    if (refused !== undefined) throw refused
    this.#report('exchanging', 'Exchanging the code for tokens.')
    if (!isPasted) await this.close()
    return this.#client.exchangeCode(response, flow, { signal: this.#options.signal })
  }

  #reportIgnored(event: CallbackRequestEvent): void {
    const text = ignoredCallbackText(event)
    if (text !== null) this.#report('callback_refused', sentences(text, 'Still waiting'))
  }

  #reportRefused({ message, hint }: AnthropicAuthError): void {
    this.#report('paste_refused', sentences(message, hint))
  }

  #report(type: LoginProgress['type'], message: string): void {
    if (!this.#over.signal.aborted) reportProgress(this.#options.onProgress, type, message)
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
