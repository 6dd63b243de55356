import { html } from 'hono/html'
import { page } from './page.ts'

const MAX_DETAIL_LENGTH = 200

/** Thrown by the consent and code pages. The response is a page on the server's own host, never a redirect. */
export class PageError extends Error {
  /** The refused value as it was sent; the page escapes it. */
  readonly detail: string | null
  readonly status: 400 | 404 | 405 | 413

  constructor(reason: string, detail: string | null = null, status: 400 | 404 | 405 | 413 = 400) {
    super(reason)
    this.detail = detail
    this.status = status
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
