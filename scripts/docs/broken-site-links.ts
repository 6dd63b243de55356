/** The files of a built site: their paths, and the text of those that are pages. */
export type SiteFiles = ReadonlyMap<string, string>

/** Finds links on the pages of a built site that don't lead to a file or a heading. */
export function brokenSiteLinks(files: SiteFiles, base = '/'): string[] {
  const ids = new Map([...files].map(([file, html]) => [file, idsIn(html)]))
  return [...files].flatMap(([file, html]) =>
    [...linksIn(html)]
      .filter((link) => !isResolved(new URL(link, `https://site${base}${file}`), { ids, base }))
      .map((link) => `${file} links to ${link}`),
  )
}

interface SiteIndex {
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>
  readonly base: string
}

function isResolved({ hostname, pathname, hash }: URL, { ids, base }: SiteIndex): boolean {
  if (hostname !== 'site') return true // Links to other hosts are not checked.
  if (!pathname.startsWith(base)) return false
  const path = decodeURIComponent(pathname.slice(base.length))
  const file = [path, `${path}.html`, `${path}index.html`].find((candidate) => ids.has(candidate))
  if (file === undefined) return false
  return hash === '' || ids.get(file)?.has(decodeURIComponent(hash.slice(1))) === true
}

function idsIn(html: string): Set<string> {
  return new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => unescape(id)))
}

function linksIn(html: string): Set<string> {
  const links = [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link = '']) => unescape(link))
  return new Set(links.filter((link) => !/^(?:data|mailto|javascript):/.test(link)))
}

function unescape(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
}
