import { posix } from 'node:path'

/** The page that a link stands on, and where the project's files can be read. */
export interface LinkOrigin {
  /** The page's path in docs/, such as `recipes/electron.md`. */
  readonly page: string
  /** The URL of the repository; `null` while it has none. */
  readonly repository: string | null
}

/**
 * Where a link of a page in docs/ leads on the site: a file outside docs/ is not part of the site, so the link leads
 * to the repository. Returns `null` if there is no repository to link to.
 */
export function siteLink(href: string, { page, repository }: LinkOrigin): string | null {
  if (/^(?:[a-z][a-z+.-]*:|[/#])/i.test(href)) return href
  const path = posix.join('docs', posix.dirname(page), href)
  if (path.startsWith('docs/')) return withoutReadme(href)
  return repository === null ? null : `${repository}/blob/HEAD/${path}`
}

/** A folder's README.md is the page of the folder. */
function withoutReadme(href: string): string {
  return href.replace(/(^|\/)README\.md(?=$|#)/, (_, slash: string) => slash || './')
}
