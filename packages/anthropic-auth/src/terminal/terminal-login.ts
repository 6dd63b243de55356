import { canOpenBrowser } from '@anthropic-auth/browser'
import type { TokenSet } from '@anthropic-auth/core'
import { assertFunction, assertSignal, readOptions } from '@anthropic-auth/core/internal'
import type { Lines } from './input-lines.ts'
import { hasFixedPort, loginIntroductions, type LoginUrls } from './login-introduction.ts'
import { type CodeRequest, login, type LoginOptions, type LoginProgress } from '@anthropic-auth/login'
import { reportProgress, sentences } from '@anthropic-auth/login/internal'
import { isPlainTerminal, isTerminal } from './plain-terminal.ts'
import type { CodePromptView } from './code-prompt.ts'
import { pasteNotice } from './paste-notice.ts'
import { terminalLink } from './terminal-link.ts'
import { columns, wrapped } from './wrapped-text.ts'
import { inputEnded, MAX_REFUSALS, noTerminal, tooLong, tooManyRefusals } from './terminal-login-error.ts'

/**
 * {@link login} in a terminal: shows the link on standard error, waits for the browser, and asks for the code
 * meanwhile. On a terminal that is `dumb`, and where `ACCESSIBLE` is set, it writes plain lines.
 *
 * If standard input is not a terminal, it is read only with `openBrowser: false`: line by line, until a line is the
 * code, and nothing after it. The fifth refused line ends the login.
 *
 * The hooks of `options` are called as in `login()`. A `promptForCode` of your own replaces the prompt.
 *
 * @example
 *   ```ts
 *   import { terminalLogin } from 'anthropic-auth'
 *   import { createProfileStore } from 'anthropic-auth/profile-store'
 *
 *   const store = createProfileStore({ profile: 'work' })
 *   await store.lock(async () => store.prepareSave())
 *   const tokens = await terminalLogin({ mode: 'console' })
 *   await store.save(tokens)
 *   ```
 *
 * @throws AnthropicAuthError `aborted` at Ctrl-C in the prompt; `invalid_authorization_response` when the input ends,
 *   or is refused five times, and the browser can't bring the code; `browser_launch_failed` when no browser can be
 *   opened and there is no terminal; and as `login()`
 */
export async function terminalLogin(options: LoginOptions): Promise<TokenSet> {
  const conversation = new Conversation(readOptions(options))
  try {
    return await login(conversation.options)
  } finally {
    await conversation.close()
  }
}

/**
 * Throws what `terminalLogin()` would reject with before it does anything.
 *
 * @throws AnthropicAuthError `browser_launch_failed` or `invalid_authorization_response` when no user could take part
 */
export function assertReachable(options: LoginOptions): void {
  new Conversation(options).assertReachable()
}

/** The way to ask for the code: with a prompt that redraws its line, by reading plain lines, or not at all. */
type CodeSource = 'prompt' | 'lines' | 'none'

const NO_CODE = 'Standard input is not a terminal, so there is no way to paste the code'
/** Clears the line, and goes to its beginning. */
const CLEAR_LINE = '\r\u001B[K'
/** The dialog with the user on the terminal. */
class Conversation {
  readonly options: LoginOptions
  readonly #given: LoginOptions
  readonly #interrupt = new AbortController()
  readonly #source: CodeSource
  /** The reason why no browser can be opened; `null` if one can, or none is wanted. */
  readonly #noBrowser: string | null
  #lines: Lines | null = null
  #refusals = 0
  #prompting: Promise<unknown> | null = null
  #view: CodePromptView = { message: '', notice: '' }
  #show: ((view: CodePromptView) => void) | null = null
  /** Whether the browser may still bring the code. */
  #awaitsBrowser = false
  #onBrowserLost: ((message: string) => void) | null = null
  /** The messages about ignored callbacks that were shown. A page may send such callbacks without end. */
  readonly #ignored = new Set<string>()
  /** The current step, on a line that the next message replaces. */
  #status = ''

  constructor(given: LoginOptions) {
    const { openBrowser = true, signal, promptForCode } = given
    assertSignal(signal)
    assertFunction(promptForCode, 'promptForCode')
    this.#given = given
    this.#source = codeSource(given)
    const ability = openBrowser === true ? canOpenBrowser() : ({ ok: true } as const)
    this.#noBrowser = ability.ok ? null : ability.reason
    this.options = {
      ...given,
      openBrowser: ability.ok && openBrowser,
      signal:
        signal === undefined ? this.#interrupt.signal : AbortSignal.any([signal, this.#interrupt.signal]),
      onAuthorizationUrl: (urls) => this.#showUrls(urls),
      onProgress: (event) => this.#showProgress(event),
      promptForCode:
        promptForCode ??
        (this.#source === 'none' ? undefined : async (request) => this.#promptForCode(request)),
    }
    this.assertReachable()
  }

  /** Without a terminal and a browser, no user could take part in the login. */
  assertReachable(): void {
    if (!this.#needsBrowser) return
    if (this.#given.port === false) throw noTerminal('invalid_authorization_response', NO_CODE)
    if (this.#noBrowser === null || this.#isReachable) return
    throw noTerminal('browser_launch_failed', `Could not open the browser. ${this.#noBrowser}`)
  }

  async close(): Promise<void> {
    this.#lines?.close()
    await this.#prompting?.catch(() => undefined)
    this.#clearStatus()
  }

  /** Returns what the caller's own hook returns, which may be a promise. */
  #showUrls(urls: LoginUrls): unknown {
    const shown: unknown = this.#given.onAuthorizationUrl?.(urls)
    this.#awaitsBrowser =
      urls.loopbackUrl !== null && (this.options.openBrowser !== false || this.#isReachable)
    if (this.#noBrowser !== null) this.#say(sentences('Could not open the browser', this.#noBrowser))
    for (const [introduction, url] of loginIntroductions(urls, this.options)) {
      this.#say(`${introduction}\n\n${terminalLink(url, process.stderr.isTTY)}\n`)
    }
    return this.#needsBrowser ? Promise.all([shown, this.#untilBrowserLost()]) : shown
  }

  /** Whether the user may open the loopback link themselves. */
  get #isReachable(): boolean {
    return hasFixedPort(this.#given.port) || this.#given.onAuthorizationUrl !== undefined
  }

  #showProgress({ type, message }: LoginProgress): void {
    reportProgress(this.#given.onProgress, type, message)
    if (type === 'browser_not_opened' && !this.#isReachable) this.#loseBrowser(message)
    if (type === 'exchanging') this.#showStatus(message)
    else if (!this.#isKnown(type, message)) this.#notify(message)
  }

  #isKnown(type: LoginProgress['type'], message: string): boolean {
    if (type === 'browser_opened') return true
    // The error has ended the login.
    if (type === 'browser_not_opened' && this.#needsBrowser && !this.#awaitsBrowser) return true
    // The next prompt shows it.
    if (type === 'paste_refused') return true
    if (type !== 'callback_refused') return false
    const isKnown = this.#ignored.has(message)
    this.#ignored.add(message)
    return isKnown
  }

  #notify(notice: string): void {
    if (this.#show === null) this.#say(notice)
    else this.#show((this.#view = { ...this.#view, notice }))
  }

  #say(text: string): void {
    this.#clearStatus()
    process.stderr.write(`${wrapped(text, columns(process.stderr)).join('\n')}\n`)
  }

  #showStatus(text: string): void {
    if (this.#source !== 'prompt') {
      this.#say(text)
      return
    }
    this.#clearStatus()
    this.#status = text
    // While the prompt is on the screen, its end shows the status.
    if (this.#show === null) process.stderr.write(text)
  }

  #clearStatus(): void {
    if (this.#status !== '') process.stderr.write(CLEAR_LINE)
    this.#status = ''
  }

  #loseBrowser(message: string): void {
    // The user may open the link that is on the screen.
    if (this.#needsBrowser && process.stderr.isTTY) return
    this.#awaitsBrowser = false
    this.#onBrowserLost?.(message)
    this.#view = { ...this.#view, message: this.#question }
  }

  async #promptForCode(request: CodeRequest): Promise<string> {
    const asking = this.#source === 'prompt' ? this.#prompt(request) : this.#readLine(request)
    this.#prompting = asking
    return (await asking) ?? this.#waitForBrowser(request.signal)
  }

  /** Returns `null` when the input ended. */
  async #prompt({ previousError, signal }: CodeRequest): Promise<string | null> {
    const { promptOnTerminal } = await import('./code-prompt.ts')
    this.#view = { message: this.#question, notice: previousError === null ? '' : pasteNotice(previousError) }
    this.#clearStatus()
    const onView = (listener: (view: CodePromptView) => void): (() => void) => {
      this.#show = listener
      return () => (this.#show = null)
    }
    try {
      return await promptOnTerminal({ view: this.#view, onView, onTooLong: () => this.#refuse() }, signal)
    } catch (error) {
      // The prompt rejects with an error of this name at Ctrl-C only.
      if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
      this.#interrupt.abort(error)
      return ''
    } finally {
      process.stderr.write(this.#status)
    }
  }

  /** Whether only the browser can bring the code. */
  get #needsBrowser(): boolean {
    return this.options.promptForCode === undefined
  }

  get #question(): string {
    return this.#awaitsBrowser ? 'Waiting. Or paste the code here:' : 'Paste the code here:'
  }

  /** Reports that the prompt has discarded a paste that is too long for a code. */
  #refuse(): void {
    const error = tooLong()
    reportProgress(this.#given.onProgress, 'paste_refused', sentences(error.message, error.hint))
    this.#notify(pasteNotice(error))
  }

  async #readLine({ previousError, signal }: CodeRequest): Promise<string | null> {
    if (previousError !== null) {
      this.#say(pasteNotice(previousError))
      this.#countRefusal()
    }
    const lines = (this.#lines ??= await openLines())
    // The login may have ended meanwhile, and nobody else would close them.
    if (signal.aborted) lines.close()
    else if (isTerminal(0) && isTerminal(2)) this.#say(this.#question)
    return lines.next()
  }

  /** A user on a terminal may try as often as they like. */
  #countRefusal(): void {
    this.#refusals += 1
    if (this.#refusals === MAX_REFUSALS && !isTerminal(0)) throw tooManyRefusals()
  }

  /** Standard input has ended, so only the browser can bring the code. */
  async #waitForBrowser(signal: AbortSignal): Promise<string> {
    if (!this.#awaitsBrowser) throw inputEnded()
    return new Promise<string>((resolve, reject) => {
      this.#onBrowserLost = () => reject(inputEnded())
      signal.addEventListener('abort', () => resolve(''), { once: true })
      if (this.#source === 'prompt' && !signal.aborted) this.#showStatus('Waiting for the browser.')
    })
  }

  /** Rejects when nothing can bring the code any more. */
  async #untilBrowserLost(): Promise<never> {
    return new Promise<never>((_resolve, reject) => {
      this.#onBrowserLost = (message) =>
        reject(noTerminal('browser_launch_failed', message.replace(/\.$/, '')))
    })
  }
}

function codeSource({ promptForCode, openBrowser }: LoginOptions): CodeSource {
  if (promptForCode !== undefined) return 'none'
  if (isTerminal(0) && isTerminal(2) && !isPlainTerminal()) return 'prompt'
  // Other input may be the script that runs us, and must be left alone.
  return isTerminal(0) || openBrowser === false ? 'lines' : 'none'
}

/** Opens standard input. Bun reads ahead, since it can't read a pipe byte by byte. */
async function openLines(): Promise<Lines> {
  if (isTerminal(0) || process.versions['bun'] !== undefined) {
    const { InputLines } = await import('./input-lines.ts')
    return new InputLines(process.stdin)
  }
  const { UnbufferedLines } = await import('./unbuffered-lines.ts')
  return new UnbufferedLines(0)
}
