// The API reference: one folder for each entry point of each package, from the doc comments.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Converter } from 'typedoc'

const root = join(import.meta.dirname, '..')

/** The source of each public entry point, with the name that programs import; `./internal` is not public. */
const entryPoints = new Map(
  globSync('packages/*/package.json', { cwd: root }).flatMap((manifest) => {
    const { name, exports } = JSON.parse(readFileSync(join(root, manifest), 'utf8'))
    return Object.entries(exports)
      .filter(
        ([entry, conditions]) => entry !== './internal' && conditions['@anthropic-auth/source'] !== undefined,
      )
      .map(([entry, conditions]) => [
        join(dirname(manifest), conditions['@anthropic-auth/source']),
        join(name, entry),
      ])
  }),
)

/** `anthropic-auth` comes last: it re-exports the others, and a symbol is documented where it comes first. */
function byImport([, left], [, right]) {
  return (
    Number(left.startsWith('anthropic-auth')) - Number(right.startsWith('anthropic-auth')) ||
    left.localeCompare(right)
  )
}

/** Names each module as programs import it: TypeDoc names it by its path. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const [source, name] of entryPoints) {
      const path = source.replace(/(?:\/index)?\.ts$/, '')
      const module = project.children?.find((child) => child.name === path)
      if (module) module.name = name
    }
  })
}

export default {
  name: 'API reference',
  entryPoints: [...entryPoints].toSorted(byImport).map(([source]) => join(root, source)),
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
