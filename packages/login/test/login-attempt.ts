import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { type CodeRequest, login, type LoginOptions, type LoginProgress } from '@anthropic-auth/login'
import type { Emulator } from '@anthropic-auth/testing'
import { onTestFinished } from 'vitest'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

export interface Attempt {
  readonly loopbackUrl: string
  readonly pasteUrl: string
  /** The port in the redirect URI of the loopback URL. */
  readonly port: number
  readonly outcome: Promise<TokenSet>
  /** The events that `onProgress` has received. */
  readonly events: readonly LoginProgress[]
}

/** Starts an emulator that is closed after the test, and returns it with a client of it. */
export async function startServer(): Promise<{ readonly emulator: Emulator; readonly client: OAuthClient }> {
  const emulator = await startTestEmulator()
  return { emulator, client: new OAuthClient({ endpoints: emulator.endpoints, timeoutMs: 300_000 }) }
}

/** Starts a login without a browser, and returns its URLs. It is aborted after the test. */
export async function startAttempt(options: Partial<LoginOptions>): Promise<Attempt> {
  const events: LoginProgress[] = []
  const end = new AbortController()
  onTestFinished(() => end.abort())
  let outcome!: Promise<TokenSet>
  const urls = await new Promise<{ loopbackUrl: string | null; pasteUrl: string | null }>(
    (resolve, reject) => {
      outcome = login({
        mode: 'console',
        openBrowser: false,
        timeoutMs: 300_000,
        signal: end.signal,
        onProgress: (event) => events.push(event),
        onAuthorizationUrl: resolve,
        ...options,
      })
      outcome.catch(reject)
    },
  )
  const { loopbackUrl, pasteUrl } = { loopbackUrl: urls.loopbackUrl ?? '', pasteUrl: urls.pasteUrl ?? '' }
  return { loopbackUrl, pasteUrl, port: redirectPort(loopbackUrl), outcome, events }
}

/** Returns 0 if there is no loopback URL. */
export function redirectPort(authorizationUrl: string): number {
  if (authorizationUrl === '') return 0
  return Number(new URL(redirectUri(authorizationUrl)).port)
}

export function redirectUri(authorizationUrl: string): string {
  return new URL(authorizationUrl).searchParams.get('redirect_uri') ?? ''
}

/** A user who is asked for the code, and pastes what the test says. */
export class User {
  readonly requests: CodeRequest[] = []
  readonly #prompts: ((text: string) => void)[] = []
  readonly #asked: (() => void)[] = []

  readonly promptForCode = async (request: CodeRequest): Promise<string> => {
    this.requests.push(request)
    return new Promise((resolve) => {
      this.#prompts.push(resolve)
      this.#asked.shift()?.()
    })
  }

  /** Waits for the prompt, and pastes. */
  async paste(text: string): Promise<void> {
    if (this.#prompts.length === 0) await new Promise<void>((resolve) => this.#asked.push(resolve))
    this.#prompts.shift()?.(text)
  }

  /** The reasons, or else the codes, of the errors that the prompts got. */
  get reasons(): readonly (string | null)[] {
    return this.requests.map(({ previousError }) => previousError?.reason ?? previousError?.code ?? null)
  }
}

/** Whether a port is free on both addresses of `localhost`. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer()
    try {
      server.listen({ port, host, exclusive: true })
      await once(server, 'listening')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    }
    await new Promise((resolve) => server.close(resolve))
  }
  return true
}

/** Takes a port until the test ends. */
export async function holdPort(): Promise<number> {
  const server = createServer()
  onTestFinished(() => void server.close())
  return listen(server)
}

/** Returns a port that was free a moment ago. */
export async function unusedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('There is no port')
  return address.port
}

/** The codes that the emulator received, with its statuses. */
export function exchanges(emulator: Emulator): readonly { readonly code: string; readonly status: number }[] {
  return emulator.requests
    .filter(({ path }) => path === '/v1/oauth/token')
    .map(({ body, status }) => ({ code: (JSON.parse(body) as { code: string }).code, status }))
}
