import { assertSignal, readOptions } from '@anthropic-auth/core/internal'
import { pressButton } from './simulated-user.ts'

/** Options of `Emulator.visit()`. */
export interface VisitOptions {
  /**
   * The button that the user presses on the consent page.
   *
   * @default 'allow'
   */
  readonly decision?: 'allow' | 'deny' | undefined
  /** Ends the visit, as closing the browser's tab does. */
  readonly signal?: AbortSignal | undefined
}

/** The headers that a browser sends with a navigation (https://www.w3.org/TR/fetch-metadata/). */
const NAVIGATION_HEADERS = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1',
}

/**
 * Opens the authorization URL, presses a button of the consent page, and follows the redirect, as a browser does.
 *
 * @param url - the emulator's consent origin
 * @throws TypeError when an option has the wrong type, the URL is not one of this emulator, or the redirect leads to a
 *   URL that isn't http
 * @throws Error when the request is refused before consent, or nothing listens at the redirect URI
 */
export async function visitPage(authorizationUrl: string, url: string, options: VisitOptions): Promise<void> {
  const { decision = 'allow', signal } = readOptions(options)
  assertDecision(decision)
  assertSignal(signal)
  signal?.throwIfAborted()
  const redirectUrl = await pressButton(authorizationUrl, url, decision, signal)
  if (!/^http:/i.test(redirectUrl)) {
    throw new TypeError(
      'visit() follows http redirects only. For other redirect URIs, use approve() or deny()',
    )
  }
  await navigate(redirectUrl, signal).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
}

/** Doesn't use `fetch`, which always sends `sec-fetch-mode: cors`. A page with any status counts as loaded. */
async function navigate(url: string, signal: AbortSignal | undefined): Promise<void> {
  // Loaded here: it takes half of the time that importing this package takes.
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const navigation = request(url, { agent: false, headers: NAVIGATION_HEADERS, signal }, (response) => {
      response.on('error', reject).on('end', resolve).resume()
    })
    navigation.on('error', reject).end()
  })
}

function assertDecision(decision: unknown): void {
  if (decision === 'allow' || decision === 'deny') return
  throw new TypeError("decision must be 'allow' or 'deny'")
}
