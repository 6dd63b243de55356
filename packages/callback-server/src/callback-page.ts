import { nodeBuiltin } from './node-builtin.ts'
import { FAILURE_PAGE, PAGE_STYLE, SUCCESS_PAGE } from './default-pages.ts'

/** A page, ready to send. */
export interface Page {
  readonly body: Uint8Array
  /** Its Content-Security-Policy. */
  readonly policy: string
}

export interface Pages {
  readonly success: Page
  readonly failure: Page
}

/**
 * Takes the code out of the address bar and the session history. The browser's own history may already have it: the code
 * works once, and only with this login's verifier.
 */
const SCRIPT = "history.replaceState(null, '', location.pathname)"

const NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The pages of an application, or our own. */
export function createPages(own: {
  readonly success?: string | undefined
  readonly failure?: string | undefined
}): Pages {
  return {
    success: own.success === undefined ? ownPage(SUCCESS_PAGE) : customPage(own.success),
    failure: own.failure === undefined ? ownPage(FAILURE_PAGE) : customPage(own.failure),
  }
}

const ownPages = new Map<string, Page>()

function ownPage(html: string): Page {
  const page = ownPages.get(html) ?? createPage(html, `style-src ${hashSource(PAGE_STYLE)}; img-src data:`)
  ownPages.set(html, page)
  return page
}

function customPage(html: string): Page {
  return createPage(html, "style-src 'unsafe-inline'; img-src data:")
}

/** The script stands behind the document, where HTML still runs it, so that nobody's markup is taken apart. */
function createPage(html: string, sources: string): Page {
  return {
    body: new TextEncoder().encode(`${html}<script>${SCRIPT}</script>\n`),
    policy: `default-src 'none'; ${sources}; script-src ${hashSource(SCRIPT)}; ${NOTHING_ELSE}`,
  }
}

const hashes = new Map<string, string>()

/** Of the very text that is sent: a hash that was written down would not follow a change of it. */
function hashSource(text: string): string {
  const known = hashes.get(text)
  if (known !== undefined) return known
  const hash = nodeBuiltin('node:crypto').createHash('sha256').update(text).digest('base64')
  hashes.set(text, `'sha256-${hash}'`)
  return `'sha256-${hash}'`
}
