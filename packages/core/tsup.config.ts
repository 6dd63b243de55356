import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'
import { LICENSES_FILE } from '../../scripts/build/inlined-licenses.ts'
import { tsupOptions } from '../../scripts/build/tsup-options.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]
type PluginBuild = Parameters<Plugin['setup']>[0]

// The build puts each module into one of few files, since a program starts faster with few files, and a page loads less
// if the files are cut where its needs are:
//
// - `login-modules.js` has all modules that the start of a login needs.
// - `token-modules.js` has the modules that only a program with tokens needs.
// - `requests.js` has the rest. The client loads it with its first request.
//
// `login.js` and `tokens.js` export the public values of the first two. `index.js` has only an `export *` of each:
// bundlers follow it to the half that a page needs. Node takes `index-node.js`, which has one step less.
const SOURCES = resolve('src')
const LOGIN = resolve('src/login.ts')
const TOKENS = resolve('src/tokens.ts')

/** The branches of "#crypto" in package.json, from which the runtime or the user's bundler chooses. */
const CRYPTO_FILES = ['crypto-node.js', 'crypto-portable.js']

/** Replaces `login.ts` or `tokens.ts` by all modules that it needs, with all their exports. */
const allModules: Plugin = {
  name: 'all-modules',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/](?:login|tokens)\.ts$/ }, async ({ path }) => {
      const modules = path === LOGIN ? await loginModules(build) : await tokenModules(build)
      const lines = modules.map((module) => `export * from ${JSON.stringify(module)}`)
      return { contents: lines.join('\n'), resolveDir: SOURCES }
    })
  },
}

/** Imports the modules of other files from there. */
function fromFiles(
  files: Readonly<Record<string, (build: PluginBuild) => Promise<readonly string[]>>>,
): Plugin {
  return {
    name: 'from-files',
    async setup(build) {
      const homes = new Map<string, string>([[resolve('src/requests.ts'), './requests.js']])
      for (const [file, modulesOf] of Object.entries(files)) {
        for (const module of await modulesOf(build)) homes.set(module, file)
      }
      build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
        if (kind === 'entry-point') return undefined
        const home = homes.get(resolve(resolveDir, path))
        return home === undefined ? undefined : { path: home, external: true }
      })
    },
  }
}

const loginModules = (build: PluginBuild): Promise<string[]> => modulesBehind(build, LOGIN)

async function tokenModules(build: PluginBuild): Promise<string[]> {
  const before = new Set(await loginModules(build))
  return (await modulesBehind(build, TOKENS)).filter((module) => !before.has(module))
}

/** Returns the modules of this package that an entry needs, except itself. */
async function modulesBehind({ esbuild }: PluginBuild, entry: string): Promise<string[]> {
  const { metafile } = await esbuild.build({
    entryPoints: [entry],
    external: ['#crypto', './requests.ts'],
    bundle: true,
    metafile: true,
    write: false,
  })
  const modules = Object.keys(metafile.inputs).map((input) => resolve(input))
  return modules.filter((module) => module !== entry && dirname(module).startsWith(SOURCES))
}

const shared: Options = {
  ...tsupOptions,
  // Loading one more package would take longer than loading the code of pkce does.
  noExternal: ['@anthropic-auth/pkce'],
  external: [/^#/],
  // Not `clean`, which would remove the files of the other builds.
  clean: false,
  splitting: false,
}

const modules = { './login-modules.js': loginModules, './token-modules.js': tokenModules }
const halves = { './login.js': async () => [LOGIN], './tokens.js': async () => [TOKENS] }

rmSync('dist', { recursive: true, force: true })

export default defineConfig([
  {
    ...shared,
    entry: { 'login-modules': LOGIN },
    esbuildPlugins: [fromFiles({}), allModules],
  },
  {
    ...shared,
    entry: { 'token-modules': TOKENS },
    esbuildPlugins: [fromFiles({ './login-modules.js': loginModules }), allModules],
  },
  {
    ...shared,
    entry: ['src/internal.ts', 'src/login.ts', 'src/requests.ts', 'src/tokens.ts'],
    splitting: true,
    esbuildPlugins: [fromFiles(modules)],
    dts: { entry: ['src/index.ts', 'src/internal.ts'] },
    onSuccess: async () => {
      for (const file of CRYPTO_FILES) {
        // Their maps are in the package of pkce.
        const code = readFileSync(`../pkce/dist/${file}`, 'utf8').replace(
          /^\/\/# sourceMappingURL=.*\n?/gm,
          '',
        )
        writeFileSync(`dist/${file}`, code)
      }
      copyFileSync(`../pkce/dist/${LICENSES_FILE}`, `dist/${LICENSES_FILE}`)
    },
  },
  { ...shared, entry: { index: 'src/index.ts' }, esbuildPlugins: [fromFiles(halves)] },
  { ...shared, entry: { 'index-node': 'src/index.ts' }, esbuildPlugins: [fromFiles(modules)] },
])
