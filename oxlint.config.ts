import { defineConfig, type OxlintOverride } from 'oxlint'

interface ImportPattern {
  readonly regex?: string
  readonly group?: readonly string[]
  readonly message: string
}

const ky: ImportPattern = {
  regex: '^ky(/|$)',
  message: 'Only packages/core/src/http speaks to the network, and imports ky.',
}

const foreignFiles: readonly ImportPattern[] = [
  {
    group: [
      '@anthropic-auth/*/**',
      '!@anthropic-auth/*/internal',
      '!@anthropic-auth/profile-store/file-lock',
      '!@anthropic-auth/profile-store/token-file',
      '!@anthropic-auth/testing/token-store',
    ],
    message: 'Import a package by the names of its entry points: everything else is its own.',
  },
  {
    regex: '^(\\.\\./)+([^./][^/]*/)+(src|dist)(/|$)',
    message: 'Import another package by its name, not by its files.',
  },
]

/**
 * The folders of a package's `src`, and some files beside them, by floor from top to bottom. A folder may import its own
 * files and those of lower floors, nothing else of its package. Tests may import anything.
 */
const towers: readonly (readonly [packageName: string, ...floors: (readonly string[])[]])[] = [
  [
    'core',
    ['provider'],
    ['oauth-client'],
    ['requests'],
    ['api', 'token'],
    ['authorization', 'http'],
    ['config'],
    ['error'],
    ['syntax', 'version'],
  ],
  [
    'testing',
    ['command-line'],
    ['inspector', 'emulator'],
    ['request-log'],
    ['faults', 'emulator-options', 'recorded-response'],
    ['api'],
    ['authorization-server'],
    ['pages', 'explanations'],
  ],
  ['testing', ['token-store-check']],
  ['profile-store', ['lock'], ['files']],
  ['anthropic-auth', ['terminal']],
]

function onlyFrom(lower: readonly string[]): ImportPattern {
  const allowed = lower.flatMap((name) => [`!../${name}/**`, `!../${name}.ts`, `!./${name}/**`])
  return {
    group: ['../**', './*/**', ...allowed],
    message: `Imports go only downwards: from here only to ${lower.join(', ') || 'the files of this folder'}.`,
  }
}

function restrictedImports(patterns: readonly ImportPattern[]): ['error', { patterns: ImportPattern[] }] {
  return ['error', { patterns: [...patterns] }]
}

const folderFloors: readonly OxlintOverride[] = towers.flatMap(([packageName, ...floors]) =>
  floors.flatMap((floor, index) =>
    floor.map((folder) => {
      const lower = floors.slice(index + 1).flat()
      return {
        files: [`packages/${packageName}/src/${folder}/**`, `packages/${packageName}/src/${folder}.ts`],
        excludeFiles: ['**/*.test.ts', '**/*.test-d.ts'],
        rules: {
          'eslint/no-restricted-imports': restrictedImports([
            ...(folder === 'http' ? [] : [ky]),
            ...foreignFiles,
            onlyFrom(lower),
          ]),
        },
      }
    }),
  ),
)

export default defineConfig({
  plugins: ['eslint', 'oxc', 'typescript', 'unicorn', 'import', 'promise', 'node', 'vitest'],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  env: { es2023: true },
  ignorePatterns: ['**/dist/**', 'coverage/**', '.snippets/**', '.packed/**', 'docs/api/**'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    // Types.
    'typescript/ban-ts-comment': 'error',
    'typescript/consistent-type-exports': 'error',
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'typescript/no-deprecated': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-import-type-side-effects': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-require-imports': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-function-type': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/prefer-nullish-coalescing': 'error',
    'typescript/prefer-readonly': 'error',
    'typescript/restrict-plus-operands': 'error',
    'typescript/restrict-template-expressions': ['error', { allowNumber: true }],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/use-unknown-in-catch-callback-variable': 'error',

    // Promises.
    'typescript/no-floating-promises': ['error', { checkThenables: true, ignoreVoid: false }],
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/return-await': ['error', 'in-try-catch'],

    // Imports.
    'import/first': 'error',
    'import/namespace': 'off', // the compiler knows, and without a build this does not
    'import/no-cycle': ['error', { ignoreTypes: false }],
    // One import for each module: `import type` for types alone, `type` inside the braces beside values.
    'import/no-duplicates': ['error', { preferInline: true }],
    'import/no-mutable-exports': 'error',
    'import/no-named-as-default': 'off', // `fc.string()`: some packages export everything twice
    'import/no-named-as-default-member': 'off',
    'import/no-unassigned-import': 'off', // a reference to a .d.ts or polyfill is an import without a name
    'unicorn/prefer-node-protocol': 'error',
    'eslint/no-restricted-imports': restrictedImports([ky, ...foreignFiles]),

    // Security.
    'eslint/no-restricted-properties': [
      'error',
      { object: 'Math', property: 'random', message: 'Use the random strings of @anthropic-auth/pkce.' },
    ],
    'eslint/no-eval': 'error',
    'eslint/no-new-func': 'error',
    'eslint/no-proto': 'error',
    'eslint/no-script-url': 'error',

    // Habits.
    // A short `if` stands on one line; everything longer has braces.
    'eslint/curly': ['error', 'multi-line'],
    'eslint/eqeqeq': 'error',
    'eslint/no-param-reassign': 'error',
    'eslint/no-var': 'error',
    'eslint/object-shorthand': 'error',
    'eslint/prefer-const': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/no-abusive-eslint-disable': 'error',
    'unicorn/prefer-type-error': 'error',
    'unicorn/throw-new-error': 'error',
    'vitest/no-identical-title': 'error',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/expect-expect': [
      'error',
      { assertFunctionNames: ['expect', 'expect*', 'assert*', 'check*', 'expectTypeOf', 'fc.assert'] },
    ],

    // These rules are off: a loop often has to take one step after another (retries, rotations), and `then` chains are rare.
    'eslint/no-await-in-loop': 'off',
    'eslint/no-underscore-dangle': 'off',
    'oxc/no-map-spread': 'off',
    'promise/always-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
  },
  overrides: [
    {
      files: ['packages/*/src/**'],
      rules: {
        'eslint/no-console': 'error',
        'import/no-default-export': 'error',
      },
    },
    { files: ['packages/*/src/bin.ts'], rules: { 'eslint/no-console': 'off' } },
    {
      // The workspace doesn't install the peers of these files, so their types are unknown here.
      files: ['api-reports/**', 'benchmarks/**', 'compat/**', 'docs/**'],
      rules: {
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-assignment': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
        'typescript/no-unsafe-type-assertion': 'off',
        'typescript/no-unnecessary-type-assertion': 'off',
      },
    },
    ...folderFloors,
    {
      files: ['benchmarks/suites/exchange.ts'],
      rules: { 'eslint/no-restricted-imports': restrictedImports(foreignFiles) },
    },
    {
      // Tests pass values that the types forbid, to show that they are refused at run time.
      files: ['**/*.test.ts', '**/*.test-d.ts', 'packages/*/test/**'],
      rules: {
        'eslint/no-script-url': 'off',
        'typescript/no-misused-spread': 'off',
        'typescript/no-unnecessary-type-conversion': 'off',
        'typescript/restrict-template-expressions': 'off',
        'typescript/unbound-method': 'off',
        // `expect.any()` and similar functions return `any`. Other uses of `any` are still checked.
        'typescript/no-unsafe-assignment': 'off',
        'typescript/no-non-null-assertion': 'off',
        'typescript/no-unsafe-type-assertion': 'off',
      },
    },
    {
      // The JSON that these files read comes from this workspace, or from a server that the example started.
      files: ['scripts/**', 'examples/**', 'compat/**', 'benchmarks/**'],
      rules: { 'typescript/no-unsafe-type-assertion': 'off' },
    },
  ],
})
