import { defineConfig, type RolldownOptions } from 'rolldown'
import { builtinModules } from '../../scripts/build/builtin-modules.ts'
import { bundleSize } from '../../scripts/build/bundle-size.ts'
import { chunkCycles } from '../../scripts/build/chunk-cycles.ts'
import { inlinedLicenses } from '../../scripts/build/inlined-licenses.ts'
import { lineMaps } from '../../scripts/build/line-maps.ts'

/** The modules that `--help` shares with the commands. In the chunk of all commands, they would make `--help` load that chunk. */
const SHARED =
  /[\\/](?:exit-code|own-arguments|process-end|profile-name|standard-output|unexpected-error|unicode-pattern|wrapped-text)\.ts$/

/** Shortens only the names of local variables: function names keep stack traces readable without the source maps. */
const MINIFY = {
  compress: false,
  mangle: { keepNames: true, toplevel: false },
  codegen: { removeWhitespace: true },
} as const

/** The library. Its prompts are part of it; the packages of this project stay packages of their own. */
const LIBRARY: RolldownOptions = {
  input: {
    index: 'src/index.ts',
    'profile-store': 'src/profile-store.ts',
    'file-lock': 'src/file-lock.ts',
    'token-file': 'src/token-file.ts',
  },
  platform: 'node',
  external: [/^@anthropic-auth\//],
  plugins: [chunkCycles(), lineMaps()],
  output: {
    minify: MINIFY,
    cleanDir: true,
    chunkFileNames: 'library/[name]-[hash].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
}

/** The command line tool, with all its code, split by command. */
const TOOL: RolldownOptions = {
  input: { bin: 'src/bin.ts' },
  platform: 'node',
  // Its dependency `open` finds a script beside itself.
  external: ['@anthropic-auth/browser'],
  resolve: { conditionNames: ['@anthropic-auth/source', 'node', 'import', 'default'] },
  plugins: [
    builtinModules(),
    chunkCycles(),
    inlinedLicenses(),
    lineMaps(),
    bundleSize({ start: 82_000, total: 600_000 }),
  ],
  preserveEntrySignatures: false,
  output: {
    minify: MINIFY,
    chunkFileNames: 'tool/[name]-[hash].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'shared', test: SHARED, priority: 1 },
        // The imports of such a module are shared by as many modules, so this chunk imports no command.
        { name: 'commands', minShareCount: 4 },
      ],
    },
  },
}

export default defineConfig([LIBRARY, TOOL])
