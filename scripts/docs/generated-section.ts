/**
 * Replaces the part of a page between `<!-- begin NAME … -->` and `<!-- end NAME -->`. Throws when the page lacks
 * these marks.
 */
export function withSection(page: string, name: string, content: string): string {
  const marks = new RegExp(`(<!-- begin ${name}\\b[^>]*-->)[\\s\\S]*(<!-- end ${name} -->)`)
  if (!marks.test(page)) throw new Error(`the page has no section "${name}"`)
  return page.replace(marks, (_, begin: string, end: string) => `${begin}\n\n${content.trim()}\n\n${end}`)
}

/** Undoes the alignment of tables, which the formatter adds. */
export function withoutAlignment(markdown: string): string {
  return markdown.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---')
}

/** A Markdown table. A cell must not contain a line break. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
