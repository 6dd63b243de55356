import { PATHS } from './authorization-server/endpoint-paths.ts'

const CONSENT_FIELD = /<input type="hidden" name="consent" value="([\w-]+)"/
const REASON = /<p id="reason">([^<]*)<\/p>/

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

/**
 * Acts like a user in a browser: opens the consent page of `authorizationUrl` and presses a button.
 *
 * @param url - the emulator's consent origin
 * @returns the URL that the browser would be sent to, which is not requested
 * @throws TypeError when `authorizationUrl` is not one of this emulator
 * @throws Error with the page's reason when the emulator shows an error page instead of the consent page
 */
export async function pressButton(
  authorizationUrl: string,
  url: string,
  decision: 'allow' | 'deny',
  signal: AbortSignal | null = null,
): Promise<string> {
  assertOwnUrl(authorizationUrl, url)
  const page = await fetch(authorizationUrl, { redirect: 'manual', signal })
  const content = await page.text()
  const consent = CONSENT_FIELD.exec(content)?.[1]
  if (consent === undefined) throw new Error(`The emulator refused the authorization: ${readReason(content)}`)
  const body = new URLSearchParams({ consent, decision })
  const response = await fetch(authorizationUrl, { method: 'POST', body, redirect: 'manual', signal })
  await response.body?.cancel()
  return response.headers.get('location') ?? ''
}

/** Returns what the user copies from the code page, or the redirect URL if it leads elsewhere or has no code. */
export function responseInHand(redirectUrl: string, url: string): string {
  if (!redirectUrl.startsWith(`${url}${PATHS.codePage}?`)) return redirectUrl
  const { searchParams } = new URL(redirectUrl)
  if (!searchParams.has('code')) return redirectUrl
  return `${searchParams.get('code')}#${searchParams.get('state')}`
}

function assertOwnUrl(authorizationUrl: string, url: string): void {
  if (!URL.canParse(authorizationUrl) || new URL(authorizationUrl).origin !== url) {
    throw new TypeError(`The authorization URL must start with ${url}. Pass emulator.endpoints to the client`)
  }
}

function readReason(content: string): string {
  const reason = REASON.exec(content)?.[1] ?? 'There is no consent page at this URL.'
  return reason.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
}
