// The API reference: one folder for each entry point of each package, from the doc comments.
import { join } from 'node:path'
import { Converter } from 'typedoc'
import { publicEntries } from '../scripts/packages/public-entry.ts'

const root = join(import.meta.dirname, '..')

const entries = publicEntries(root)
const UMBRELLA = 'packages/anthropic-auth'

/** `anthropic-auth` comes last: it re-exports the others, and a symbol is documented where it comes first. */
function byPackage(left, right) {
  return Number(left.folder === UMBRELLA) - Number(right.folder === UMBRELLA)
}

/** Names each module as programs import it: TypeDoc names it by its path. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const { source, name } of entries) {
      const path = source.replace(/(?:\/index)?\.ts$/, '')
      const module = project.children?.find((child) => child.name === path)
      if (module) module.name = name
    }
  })
}

export default {
  name: 'API reference',
  entryPoints: entries.toSorted(byPackage).map(({ source }) => join(root, source)),
  sortEntryPoints: false,
  plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme', nameModules],
  tsconfig: 'tsconfig.json',
  out: 'api',
  docsRoot: '.',
  readme: 'none',
  router: 'member',
  entryFileName: 'index',
  basePath: root,
  displayBasePath: root,
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  enumMembersFormat: 'table',
  tableColumnSettings: { hideSources: true },
  sidebar: { autoConfiguration: true, pretty: false },
  skipErrorChecking: true, // `pnpm typecheck` does it
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: false },
}
