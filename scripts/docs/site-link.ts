import { posix } from 'node:path'

/** The page that contains a link, and the repository with the project's files. */
export interface LinkOrigin {
  /** The page's path in docs/, such as `recipes/electron.md`. */
  readonly page: string
  /** The URL of the repository; `null` while it has none. */
  readonly repository: string | null
}

/**
 * Returns the target on the site for a link of a page in docs/. A file outside docs/ is not part of the site, so its
 * link leads to the repository. Returns `null` if there is no repository.
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
