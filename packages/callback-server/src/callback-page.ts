import { nodeBuiltin } from './node-builtin.ts'
import { FAILURE_PAGE, PAGE_STYLE, SUCCESS_PAGE } from './default-pages.ts'

/** A page that is ready to be sent. */
export interface Page {
  /** A string, because Node sends it together with the headers in one system call. */
  readonly body: string
  readonly byteLength: number
  /** The value of its Content-Security-Policy. */
  readonly policy: string
}

export interface Pages {
  readonly success: Page
  readonly failure: Page
}

/**
 * Removes the code from the address bar and the session history. The browser's own history may already have it, but the
 * code works only once and only with this login's verifier.
 */
const SCRIPT = "history.replaceState(null, '', location.pathname)"

const NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Prepares the pages of the application, or the default pages. */
export function createPages(own: {
  readonly success?: string | undefined
  readonly failure?: string | undefined
}): Pages {
  return {
    success: own.success === undefined ? defaultPage(SUCCESS_PAGE) : customPage(own.success),
    failure: own.failure === undefined ? defaultPage(FAILURE_PAGE) : customPage(own.failure),
  }
}

const defaultPages = new Map<string, Page>()

function defaultPage(html: string): Page {
  const page =
    defaultPages.get(html) ?? createPage(html, `style-src ${hashSource(PAGE_STYLE)}; img-src data:`)
  defaultPages.set(html, page)
  return page
}

function customPage(html: string): Page {
  return createPage(html, "style-src 'unsafe-inline'; img-src data:")
}

/** The script comes after the document, where HTML still runs it, so the application's markup needs no parsing. */
function createPage(html: string, sources: string): Page {
  const body = `${html}<script>${SCRIPT}</script>\n`
  return {
    body,
    byteLength: new TextEncoder().encode(body).byteLength,
    policy: `default-src 'none'; ${sources}; script-src ${hashSource(SCRIPT)}; ${NOTHING_ELSE}`,
  }
}

const hashes = new Map<string, string>()

/** Hashes the text that is sent. A hash in the source would have to be updated with each change of the text. */
function hashSource(text: string): string {
  const known = hashes.get(text)
  if (known !== undefined) return known
  const hash = nodeBuiltin('node:crypto').createHash('sha256').update(text).digest('base64')
  hashes.set(text, `'sha256-${hash}'`)
  return `'sha256-${hash}'`
}
