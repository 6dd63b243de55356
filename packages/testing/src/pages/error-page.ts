import { html } from 'hono/html'
import { page } from './page.ts'

const MAX_DETAIL_LENGTH = 200

interface PageErrorOptions {
  /** @default 400 */
  readonly status?: 400 | 404 | 405 | 413
  /** The name of the refused parameter. */
  readonly name?: string
  /** The refused value as it was sent; the page escapes it. */
  readonly detail?: string
  /** The values that would have been accepted. */
  readonly expected?: readonly string[]
  /** Sentences for the developer, which the page doesn't show. */
  readonly explanation?: string | undefined
}

/** Thrown by the consent and code pages. The response is a page on the server's own host, never a redirect. */
export class PageError extends Error {
  readonly status: 400 | 404 | 405 | 413
  readonly parameter: string | null
  readonly detail: string | null
  readonly expected: readonly string[]
  readonly explanation: string | undefined

  constructor(
    reason: string,
    { status = 400, name, detail, expected = [], explanation }: PageErrorOptions = {},
  ) {
    super(reason)
    this.status = status
    this.parameter = name ?? null
    this.detail = detail ?? null
    this.expected = expected
    this.explanation = explanation
  }
}

/** The page that tells the user why the login can't continue. */
export function errorPage({ message, detail, status }: PageError): Promise<Response> {
  const shown = detail !== null && detail.length > MAX_DETAIL_LENGTH ? `${detail.slice(0, 200)}…` : detail
  const content = html`<div class="warn"><h1>This login can't continue</h1></div>
    <p id="reason">${message}</p>
    ${shown === null ? '' : html`<output>${shown}</output>`}
    <h2>What to do</h2>
    <p class="soft">
      Go back to the application and start the login again. If you are the developer of that application,
      correct the request: it was refused before the user was asked, and nothing was sent to its redirect URI.
    </p>`
  return page('Error', content, { status })
}
