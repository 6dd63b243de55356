import { redirectUriProblem } from '@anthropic-auth/core/internal'
import { OAuthError } from './oauth-error.ts'

/** A public client that the emulator knows. */
export interface EmulatorClient {
  /** The `client_id`. */
  readonly id: string
  /**
   * The allowed redirect URIs, compared byte by byte: https, http on loopback, or a scheme of your
   * application's own, such as `vscode`. On a loopback host, the port can be `*`, which allows every port.
   */
  readonly redirectUris: readonly string[]
}

/**
 * The built-in clients and the queries of their code pages: the default client of `@anthropic-auth/core`, and the one
 * of the `ant` command line tool.
 */
const KNOWN_CLIENTS: Readonly<Record<string, string>> = {
  '9d1c250a-e61b-44d9-88ed-5944d1962f5e': '',
  '41077d10-94b8-4194-be48-d251e9eb21b4': '?app=anthropic-cli',
}

const LOOPBACK = String.raw`http://(?:localhost|127\.0\.0\.1|\[::1\])`
const ANY_PORT = new RegExp(String.raw`^${LOOPBACK}:\*(?:/[^*#\s]*)?$`)
const PORT = /^[1-9]\d{0,4}$/

/** The known clients and their redirect URIs. */
export class ClientRegistry {
  readonly #redirectUris = new Map<string, readonly string[]>()

  /** @param codePage - the emulator's code page; each built-in client adds its own query */
  constructor(codePage: string, clients: readonly EmulatorClient[]) {
    for (const [id, query] of Object.entries(KNOWN_CLIENTS)) {
      this.#redirectUris.set(id, [codePage + query, 'http://localhost:*/callback'])
    }
    for (const client of clients) this.#redirectUris.set(client.id, [...client.redirectUris])
  }

  get ids(): readonly string[] {
    return [...this.#redirectUris.keys()]
  }

  redirectUris(clientId: string): readonly string[] {
    return this.#redirectUris.get(clientId) ?? []
  }

  has(clientId: string): boolean {
    return this.#redirectUris.has(clientId)
  }

  /** Whether the client may use `redirectUri`. */
  allowsRedirect(clientId: string, redirectUri: string): boolean {
    return this.redirectUris(clientId).some((pattern) => matches(pattern, redirectUri))
  }
}

/** @throws OAuthError `invalid_client` when there is no such client */
export function assertKnownClient(clientId: string, clients: ClientRegistry): void {
  if (clients.has(clientId)) return
  throw new OAuthError('invalid_client', 'Client not found.', {
    status: 401,
    explanation: { mismatch: { name: 'client_id', sent: clientId, expected: clients.ids } },
  })
}

/** @throws TypeError when a client has no id, or an invalid redirect URI */
export function assertClients(clients: readonly EmulatorClient[]): void {
  if (!Array.isArray(clients)) throw new TypeError('clients must be an array of { id, redirectUris }')
  for (const { id, redirectUris } of clients as readonly EmulatorClient[]) {
    if (typeof id !== 'string' || id === '') {
      throw new TypeError('Each client needs an id, a non-empty string')
    }
    if (!Array.isArray(redirectUris) || !redirectUris.every(isRegistrable)) {
      throw new TypeError(
        `The redirectUris of client ${JSON.stringify(id)} must be https, http on loopback (with * for any port), or your application's own scheme, and have no fragment`,
      )
    }
  }
}

function isRegistrable(redirectUri: unknown): boolean {
  return typeof redirectUri === 'string' && (ANY_PORT.test(redirectUri) || isExact(redirectUri))
}

function isExact(redirectUri: string): boolean {
  return !redirectUri.includes('*') && redirectUriProblem(redirectUri) === null
}

function matches(pattern: string, redirectUri: string): boolean {
  if (!pattern.includes('*')) return pattern === redirectUri
  const [before = '', after = ''] = pattern.split('*')
  if (!redirectUri.startsWith(before) || !redirectUri.endsWith(after)) return false
  const port = redirectUri.slice(before.length, redirectUri.length - after.length)
  return PORT.test(port) && Number(port) <= 65_535
}
