import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'

type Item = DefaultTheme.SidebarItem

const docs = join(import.meta.dirname, '..')

/** The pages in the order in which a reader needs them, and the generated API reference. */
export function sidebar(): Item[] {
  return [
    group('Start', ['getting-started', 'which-login', 'terms', 'runtimes']),
    group('Log in', ['browser-and-paste', 'ssh-containers-ci', 'command-line', 'configuration']),
    group('Stay logged in', ['staying-logged-in', 'stores', 'token-provider', 'lost-logins']),
    group('Recipes', pagesIn('recipes')),
    group('Test', ['testing']),
    group('Migrate', pagesIn('migration')),
    group('Reference', ['errors', 'security', 'performance', 'dependencies', 'specifications']),
    { text: 'API', collapsed: true, items: apiItems() },
    group('Contribute', ['decisions/README', 'releasing'], true),
  ].filter(({ items }) => items !== undefined && items.length > 0)
}

function group(text: string, pages: readonly string[], collapsed = false): Item {
  const items = pages.filter((page) => existsSync(join(docs, `${page}.md`))).map(pageItem)
  return { text, collapsed, items }
}

function pageItem(page: string): Item {
  return { text: titleOf(page), link: `/${page.replace(/README$/, '')}` }
}

/** Shorter titles for pages whose heading is too long for the sidebar. */
const SHORT_TITLES: Readonly<Record<string, string>> = {
  'browser-and-paste': 'Browser and paste',
  testing: 'Emulator and testing',
  'migration/from-the-rust-crate': 'From the Rust crate',
}

function titleOf(page: string): string {
  const text = readFileSync(join(docs, `${page}.md`), 'utf8')
  const title = SHORT_TITLES[page] ?? /^# (.+)$/m.exec(text)?.[1]
  if (title === undefined) throw new Error(`docs/${page}.md has no heading`)
  return title.replaceAll('`', '')
}

function pagesIn(folder: string): string[] {
  return globSync(`${folder}/*.md`, { cwd: docs })
    .map((file) => file.replaceAll('\\', '/').replace(/\.md$/, ''))
    .toSorted(
      (left, right) =>
        Number(right.endsWith('README')) - Number(left.endsWith('README')) || left.localeCompare(right),
    )
}

function apiItems(): Item[] {
  const file = join(docs, 'api/typedoc-sidebar.json')
  if (!existsSync(file)) throw new Error('docs/api is missing: run `typedoc` first')
  return JSON.parse(readFileSync(file, 'utf8')) as Item[]
}
