import { type AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'
import type { LoginOptions } from './login-options.ts'
import {
  isServerError,
  joinPastedPieces,
  type LoginResponse,
  type PasteFlows,
  readPastedResponse,
} from './pasted-response.ts'
import { refusedBefore } from './refused-code.ts'

interface PromptSettings {
  readonly promptForCode: NonNullable<LoginOptions['promptForCode']>
  readonly flows: PasteFlows
  /** Aborts when the login no longer waits for a code. */
  readonly signal: AbortSignal
  /** Called with each error that the user sees before the next prompt. */
  readonly onRefused: (error: AnthropicAuthError) => void
}

/** The codes that a user pastes during one login. */
export class PastedCodes {
  readonly #settings: PromptSettings
  /** The codes that the server has refused. They aren't sent again. */
  readonly #refused: ReadonlyMap<string, AnthropicAuthError>
  /** All earlier pastes: the next one may be the rest of them. */
  readonly #pieces: string[] = []
  /** A second way to read the last paste, in case the server refuses the first. */
  #otherReading: LoginResponse | null = null

  constructor(refused: ReadonlyMap<string, AnthropicAuthError>, settings: PromptSettings) {
    this.#refused = refused
    this.#settings = settings
  }

  /** Asks until the user pastes a code that can be sent. Never resolves once the login is over. */
  async next(firstError: AnthropicAuthError | null): Promise<LoginResponse> {
    const { promptForCode, flows, signal } = this.#settings
    for (let previousError = firstError; ;) {
      // Without this turn of the event loop, a prompt that resolves at once would starve timers, signal and callback.
      if (previousError !== null) await new Promise((resolve) => setTimeout(resolve))
      if (signal.aborted) return new Promise<never>(() => undefined)
      const other = this.#takeOtherReading()
      if (other !== null) return other
      const text = await promptForCode({ url: flows.paste.authorizationUrl, previousError, signal })
      const read = this.#read(text)
      if (!isAnthropicAuthError(read)) return read
      this.#settings.onRefused(read)
      previousError = read
    }
  }

  #takeOtherReading(): LoginResponse | null {
    const other = this.#otherReading
    this.#otherReading = null
    return other === null || this.#refused.has(other.response.code) ? null : other
  }

  /** Returns the response, or the error to show before the next prompt. */
  #read(text: string): LoginResponse | AnthropicAuthError {
    try {
      const read = this.#readJoined(text)
      return this.#refused.has(read.response.code) ? refusedBefore() : read
    } catch (error) {
      if (!isAnthropicAuthError(error) || isServerError(error)) throw error
      return error
    }
  }

  /** Reads a paste by itself, or as the rest of earlier ones. */
  #readJoined(text: string): LoginResponse {
    const { flows } = this.#settings
    const joined = joinPastedPieces(this.#pieces, text, flows)
    this.#pieces.push(text)
    try {
      const read = readPastedResponse(text, flows)
      this.#otherReading = joined
      return read
    } catch (error) {
      if (joined !== null && isAnthropicAuthError(error)) return joined
      throw error
    }
  }
}
