import { posix } from 'node:path'
import { headingSlug } from './heading-slug.ts'

export interface LinkedFiles {
  /** The text of a Markdown file of the project, by its path; `null` for any other file or folder that exists. */
  readonly read: (path: string) => string | null | undefined
}

/** Finds relative links of a Markdown file that don't lead to a file of the project or to a heading. */
export function brokenMarkdownLinks(path: string, { read }: LinkedFiles): string[] {
  return linksIn(read(path) ?? '').filter((link) => {
    const [target = '', anchor] = link.split('#')
    const file = target === '' ? path : posix.normalize(posix.join(posix.dirname(path), target))
    const text = read(file)
    if (text === undefined) return true
    return anchor !== undefined && text !== null && !anchorsIn(text).has(anchor)
  })
}

function linksIn(markdown: string): string[] {
  const prose = withoutCode(markdown)
  const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g), ...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)]
  const html = [...prose.matchAll(/\s(?:src|srcset|href)="([^"]+)"/g)]
  return [...inline, ...html]
    .map(([, link = '']) => link)
    .filter((link) => !/^(?:[a-z][a-z+.-]*:|\/)/i.test(link))
}

function anchorsIn(markdown: string): Set<string> {
  const headings = [...withoutCode(markdown, false).matchAll(/^#{1,6} (.+)$/gm)]
  return new Set(
    headings.map(([, heading = '']) => headingSlug(heading.replaceAll(/[`*]|\]\([^)]*\)|\[/g, ''))),
  )
}

function withoutCode(markdown: string, alsoInline = true): string {
  const text = markdown.replaceAll(/^\s*(`{3,}|~{3,})[\s\S]*?^\s*\1\s*$/gm, '')
  return alsoInline ? text.replaceAll(/`[^`\n]*`/g, 'code') : text
}
