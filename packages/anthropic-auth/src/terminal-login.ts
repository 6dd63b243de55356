import { canOpenBrowser } from '@anthropic-auth/browser'
import { AnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import type { CodeRequest, LoginOptions } from './login.ts'
import { login } from './login.ts'
import { type LoginProgress, reportProgress, sentences } from './login-progress.ts'
import type { InputLines } from './input-lines.ts'
import type { CodePromptView } from './terminal-code-prompt.ts'
import { terminalLink } from './terminal-link.ts'

/**
 * {@link login} on a terminal: shows the link, waits, and asks for the code beside it, all on standard error. Without a
 * terminal, or on one that is `dumb`, it writes plain lines, and takes the code as a line of standard input.
 *
 * The hooks of `options` hear what they would from `login()`; a `promptForCode` of one's own replaces the prompt.
 *
 * @throws AnthropicAuthError `aborted` at Ctrl-C while it asks; `invalid_authorization_response` where the input ends
 *   and nothing else could bring the answer; and as `login()`
 */
export async function terminalLogin(options: LoginOptions): Promise<TokenSet> {
  const conversation = new Conversation(options)
  try {
    return await login(conversation.options)
  } finally {
    await conversation.close()
  }
}

type Urls = Parameters<NonNullable<LoginOptions['onAuthorizationUrl']>>[0]

/** Back to the start of the line, and nothing on it. */
const CLEAR_LINE = '\r\u001B[K'

/** What is said to a person, and what they answer. */
class Conversation {
  readonly options: LoginOptions
  readonly #given: LoginOptions
  readonly #interrupt = new AbortController()
  readonly #isInteractive = process.stdin.isTTY && process.stderr.isTTY && process.env['TERM'] !== 'dumb'
  /** Why no browser can be opened; `null` where one can, or none is wanted. */
  readonly #noBrowser: string | null
  #lines: InputLines | null = null
  #prompting: Promise<unknown> | null = null
  #view: CodePromptView = { message: '', isWaiting: false, notice: '' }
  #show: ((view: CodePromptView) => void) | null = null
  /** Whether a browser may bring the answer; what to do when it no longer may. */
  #awaitsBrowser = false
  #onBrowserLost: (() => void) | null = null
  #lastNotice = ''
  /** What goes on, on a line that the next thing said takes. */
  #status = ''

  constructor(given: LoginOptions) {
    const { openBrowser = true, signal, promptForCode } = given
    const ability = openBrowser === true ? canOpenBrowser() : ({ ok: true } as const)
    this.#given = given
    this.#noBrowser = ability.ok ? null : ability.reason
    this.options = {
      ...given,
      openBrowser: ability.ok && openBrowser,
      signal:
        signal === undefined ? this.#interrupt.signal : AbortSignal.any([signal, this.#interrupt.signal]),
      onAuthorizationUrl: (urls) => this.#showUrls(urls),
      onProgress: (event) => this.#showProgress(event),
      promptForCode: promptForCode ?? (async (request) => this.#promptForCode(request)),
    }
  }

  async close(): Promise<void> {
    this.#lines?.close()
    await this.#prompting?.catch(() => undefined)
    this.#clearStatus()
  }

  /** Returns what the caller's own hook does, which may be a promise. */
  #showUrls(urls: Urls): unknown {
    const heard: unknown = this.#given.onAuthorizationUrl?.(urls)
    this.#awaitsBrowser =
      urls.loopbackUrl !== null && (this.options.openBrowser !== false || this.#isReachable)
    if (this.#noBrowser !== null) this.#say(sentences('The browser was not opened', this.#noBrowser))
    for (const [introduction, url] of this.#introductions(urls)) {
      this.#say(`${introduction}\n\n${terminalLink(url, process.stderr.isTTY)}\n`)
    }
    return heard
  }

  /** Each link with what it is for. One that ends on loopback is shown where a person may reach that from a browser. */
  #introductions({ loopbackUrl, pasteUrl }: Urls): readonly (readonly [introduction: string, url: string])[] {
    const paste = pasteUrl ?? ''
    if (this.options.openBrowser !== false) {
      const next =
        loopbackUrl === null
          ? ' Paste the code that it shows.\nIf none opens, open this link anywhere:'
          : '\nIf none opens, open this link anywhere and paste the code that it shows:'
      return [[`Opening the login page in your browser.${next}`, paste]]
    }
    if (loopbackUrl === null || !hasFixedPort(this.#given.port)) {
      return [['Open this link in a browser, allow access, and paste the code that it shows:', paste]]
    }
    return [
      ['Open this link in a browser on this machine, or where its port is forwarded:', loopbackUrl],
      ['Or open this one anywhere and paste the code that it shows:', paste],
    ]
  }

  /** Whether somebody may open the loopback link without us. */
  get #isReachable(): boolean {
    return hasFixedPort(this.#given.port) || this.#given.onAuthorizationUrl !== undefined
  }

  #showProgress({ type, message }: LoginProgress): void {
    reportProgress(this.#given.onProgress, type, message)
    if (type === 'browser_not_opened' && !this.#isReachable) this.#loseBrowser()
    if (type === 'exchanging') this.#showStatus(message)
    else if (!this.#isKnown(type, message)) this.#notify(message)
  }

  #isKnown(type: LoginProgress['type'], message: string): boolean {
    if (type === 'browser_opened') return true
    // The next prompt says it.
    if (type === 'paste_refused' && this.#isInteractive) return true
    // A stranger's page may send wrong answers without end.
    if (type === 'callback_refused' && message === this.#lastNotice) return true
    this.#lastNotice = message
    return false
  }

  #notify(notice: string): void {
    if (this.#show === null) this.#say(notice)
    else this.#show((this.#view = { ...this.#view, notice }))
  }

  #say(text: string): void {
    this.#clearStatus()
    process.stderr.write(`${text}\n`)
  }

  #showStatus(text: string): void {
    if (!this.#isInteractive || this.#given.promptForCode !== undefined) {
      this.#say(text)
      return
    }
    this.#clearStatus()
    this.#status = text
    // Else at the end of the prompt, which is about to disappear.
    if (this.#show === null) process.stderr.write(text)
  }

  #clearStatus(): void {
    if (this.#status !== '') process.stderr.write(CLEAR_LINE)
    this.#status = ''
  }

  #loseBrowser(): void {
    this.#awaitsBrowser = false
    this.#onBrowserLost?.()
    this.#view = { ...this.#view, ...this.#question() }
  }

  async #promptForCode(request: CodeRequest): Promise<string> {
    const asking = this.#isInteractive ? this.#prompt(request) : this.#readLine(request)
    this.#prompting = asking
    return (await asking) ?? this.#waitForBrowser(request.signal)
  }

  /** `null` when the input ended. */
  async #prompt({ previousError, signal }: CodeRequest): Promise<string | null> {
    const { promptOnTerminal } = await import('./terminal-code-prompt.ts')
    const notice = previousError === null ? '' : sentences(previousError.message, previousError.hint)
    this.#view = { ...this.#question(), notice }
    this.#clearStatus()
    const onView = (listener: (view: CodePromptView) => void): (() => void) => {
      this.#show = listener
      return () => (this.#show = null)
    }
    try {
      return await promptOnTerminal({ view: this.#view, onView }, signal)
    } catch (error) {
      // Its error of this name, and no other, stands for Ctrl-C.
      if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
      this.#interrupt.abort(error)
      return ''
    } finally {
      process.stderr.write(this.#status)
    }
  }

  #question(): Pick<CodePromptView, 'message' | 'isWaiting'> {
    const isWaiting = this.#awaitsBrowser
    return { message: isWaiting ? 'Waiting. Or paste the code here:' : 'Paste the code here:', isWaiting }
  }

  async #readLine({ signal }: CodeRequest): Promise<string | null> {
    const { InputLines } = await import('./input-lines.ts')
    // Ended meanwhile: nobody would close them.
    if (signal.aborted) return null
    this.#lines ??= new InputLines(process.stdin)
    return this.#lines.next()
  }

  /** Nothing more can be typed. */
  async #waitForBrowser(signal: AbortSignal): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      this.#onBrowserLost = () => reject(inputEnded())
      signal.addEventListener('abort', () => resolve(''), { once: true })
      if (!this.#awaitsBrowser) reject(inputEnded())
      else if (this.#isInteractive && !signal.aborted) this.#showStatus('Waiting for the browser.')
    })
  }
}

function hasFixedPort(port: LoginOptions['port']): boolean {
  return port !== undefined && port !== false && [port].flat().some((one) => one !== 0)
}

function inputEnded(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', 'The input ended before a code came', {
    reason: 'empty',
    hint: 'Run this on a terminal, or write the code to its standard input.',
  })
}
