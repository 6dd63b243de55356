import { canOpenBrowser } from '@anthropic-auth/browser'
import { AnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import type { CodeRequest, LoginOptions } from './login.ts'
import { login } from './login.ts'
import type { LoginProgress } from './login-progress.ts'
import { sentences } from './login-progress.ts'
import { terminalLink } from './terminal-link.ts'
import type { InputLines } from './input-lines.ts'

/**
 * {@link login} on a terminal: shows the link, waits, and asks for the code beside it, all on standard error. Without a
 * terminal it writes plain lines, and takes the code as a line of standard input.
 *
 * The hooks of `options` hear what they would from `login()`; a `promptForCode` of one's own replaces the prompt.
 *
 * @throws AnthropicAuthError `aborted` at Ctrl-C while it asks; `invalid_authorization_response` where standard input
 *   ends and nothing else could bring the answer; and as `login()`
 */
export async function terminalLogin(options: LoginOptions): Promise<TokenSet> {
  const conversation = new Conversation(options)
  try {
    return await login(conversation.options)
  } finally {
    conversation.close()
  }
}

type Urls = Parameters<NonNullable<LoginOptions['onAuthorizationUrl']>>[0]

/** What is said to a person, and what they answer. */
class Conversation {
  readonly options: LoginOptions
  readonly #given: LoginOptions
  readonly #interrupt = new AbortController()
  readonly #isInteractive = process.stdin.isTTY && process.stderr.isTTY
  /** Why no browser can be opened; `null` where one can, or none is wanted. */
  readonly #noBrowser: string | null
  #lines: InputLines | null = null
  #listens = false
  #tell: ((notice: string) => void) | null = null
  #lastNotice = ''

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

  close(): void {
    this.#lines?.close()
  }

  #showUrls(urls: Urls): void {
    this.#given.onAuthorizationUrl?.(urls)
    this.#listens = urls.loopbackUrl !== null
    if (this.#noBrowser !== null) this.#say(sentences('The browser was not opened', this.#noBrowser))
    for (const [introduction, url] of this.#introductions(urls)) {
      this.#say(`${introduction}\n\n${terminalLink(url, process.stderr.isTTY)}\n`)
    }
  }

  /** Each link with what it is for. One that ends on loopback is shown where a person may reach that from a browser. */
  #introductions({ loopbackUrl, pasteUrl }: Urls): readonly (readonly [introduction: string, url: string])[] {
    const paste = pasteUrl ?? ''
    if (loopbackUrl === null) {
      return [['Open this link in a browser, allow access, and paste the code that it shows:', paste]]
    }
    if (this.options.openBrowser !== false) {
      const elsewhere =
        'If none opens, or for a browser on another machine, open this link and paste the code that it shows:'
      return [[`Opening the login page in your browser.\n${elsewhere}`, paste]]
    }
    if (!hasFixedPort(this.#given.port)) return this.#introductions({ loopbackUrl: null, pasteUrl })
    return [
      [
        'Open this link in a browser on this machine, or on one from which its port is forwarded to here:',
        loopbackUrl,
      ],
      ['Or open this one anywhere, and paste the code that it shows:', paste],
    ]
  }

  #showProgress(event: LoginProgress): void {
    this.#given.onProgress?.(event)
    if (event.type === 'browser_opened') return
    if (event.type === 'paste_refused' && this.#isInteractive) return
    // A stranger's page may send wrong answers without end.
    if (event.message === this.#lastNotice && event.type === 'callback_refused') return
    this.#lastNotice = event.message
    if (this.#tell === null) this.#say(event.message)
    else this.#tell(event.message)
  }

  #say(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  async #promptForCode(request: CodeRequest): Promise<string> {
    return this.#isInteractive ? this.#prompt(request) : this.#readLine(request)
  }

  async #prompt({ previousError, signal }: CodeRequest): Promise<string> {
    const { promptOnTerminal } = await import('./terminal-code-prompt.ts')
    const message = this.#listens
      ? 'Waiting for the browser. Or paste the code here:'
      : 'Paste the code here:'
    const onNotice = (listener: (notice: string) => void): (() => void) => {
      this.#tell = listener
      return () => (this.#tell = null)
    }
    const notice = previousError === null ? '' : sentences(previousError.message, previousError.hint)
    try {
      return await promptOnTerminal({ message, isWaiting: this.#listens, notice, onNotice }, signal)
    } catch (error) {
      // Its error of this name, and no other, stands for Ctrl-C.
      if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
      this.#interrupt.abort(error)
      return ''
    }
  }

  async #readLine({ signal }: CodeRequest): Promise<string> {
    if (this.#lines === null) {
      const { InputLines } = await import('./input-lines.ts')
      this.#lines = new InputLines(process.stdin)
    }
    const line = await this.#lines.next()
    if (line !== null) return line
    if (!this.#listens) throw inputEnded()
    return new Promise<string>((resolve) =>
      signal.addEventListener('abort', () => resolve(''), { once: true }),
    )
  }
}

function hasFixedPort(port: LoginOptions['port']): boolean {
  return port !== undefined && port !== false && [port].flat().some((one) => one !== 0)
}

function inputEnded(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', 'Standard input ended before a code came', {
    reason: 'empty',
    hint: 'Run this on a terminal, or write the code to its standard input.',
  })
}
