import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OAuthFlow } from '@anthropic-auth/core'

/** The server's data about one browser. */
export interface Session {
  /** The login that waits for its code. */
  flow: OAuthFlow | null
  /** The message for the user: a fixed text of this application or of the library, never a text that was sent. */
  problem: string | null
  email: string | null
  /** A real application keeps it in its database, encrypted. */
  apiKey: string | null
  readonly expiresAt: number
}

const LIFETIME_MS = 8 * 60 * 60 * 1000
const MAX_SESSIONS = 100_000

/** Sessions in the memory of this process. With several processes, use a store that they share. */
export class SessionStore {
  readonly #sessions = new Map<string, Session>()
  readonly #cookieName: string
  readonly #attributes: string

  constructor(origin: string) {
    const isSecure = origin.startsWith('https:')
    this.#cookieName = isSecure ? '__Host-session' : 'session'
    // Lax, not Strict: the redirect comes from another site, and must bring the session. A form of another site
    // still doesn't bring it.
    this.#attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  }

  /** Returns the session of the browser that sent the request. */
  of(request: IncomingMessage): Session | null {
    const session = this.#sessions.get(this.#idOf(request))
    return session !== undefined && session.expiresAt > Date.now() ? session : null
  }

  start(response: ServerResponse): Session {
    const session = {
      flow: null,
      problem: null,
      email: null,
      apiKey: null,
      expiresAt: Date.now() + LIFETIME_MS,
    }
    this.#keep(session, response)
    return session
  }

  /** Gives a session a new id, unless it has ended meanwhile. */
  renew(request: IncomingMessage, response: ServerResponse, session: Session): void {
    if (this.#sessions.delete(this.#idOf(request))) this.#keep(session, response)
  }

  end(request: IncomingMessage, response: ServerResponse): void {
    this.#sessions.delete(this.#idOf(request))
    response.setHeader('set-cookie', `${this.#cookieName}=; ${this.#attributes}; Max-Age=0`)
  }

  #keep(session: Session, response: ServerResponse): void {
    const id = randomBytes(32).toString('base64url')
    // The oldest sessions come first.
    for (const [oldId, { expiresAt }] of this.#sessions) {
      if (expiresAt > Date.now() && this.#sessions.size < MAX_SESSIONS) break
      this.#sessions.delete(oldId)
    }
    this.#sessions.set(id, session)
    response.setHeader('set-cookie', `${this.#cookieName}=${id}; ${this.#attributes}`)
  }

  #idOf({ headers }: IncomingMessage): string {
    const cookies = (headers.cookie ?? '').split('; ').map((cookie) => cookie.split('=', 2))
    return cookies.find(([name]) => name === this.#cookieName)?.[1] ?? ''
  }
}
