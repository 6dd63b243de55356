import { html } from 'hono/html'
import { page } from './page.ts'

const MAX_DETAIL_LENGTH = 200

/** Thrown by the consent and code pages, answered as a page on the server's own host, never as a redirect. */
export class PageRefusal extends Error {
  /** The value that was refused, as it came; escaped where it is shown. */
  readonly detail: string | null
  readonly status: 400 | 404 | 405 | 413

  constructor(reason: string, detail: string | null = null, status: 400 | 404 | 405 | 413 = 400) {
    super(reason)
    this.detail = detail
    this.status = status
  }
}

/** The page that tells why nothing goes on. */
export function errorPage({ message, detail, status }: PageRefusal): Promise<Response> {
  const shown = detail !== null && detail.length > MAX_DETAIL_LENGTH ? `${detail.slice(0, 200)}…` : detail
  const content = html`<div class="warn"><h1>This request can not go on</h1></div>
    <p id="reason">${message}</p>
    ${shown === null ? '' : html`<output>${shown}</output>`}
    <h2>What to do</h2>
    <p class="soft">
      Go back to the application and start the login again. If you are writing that application, correct the
      request: it was refused before anybody was asked, and nothing was sent to its redirect URI.
    </p>`
  return page('Error', content, { status })
}
