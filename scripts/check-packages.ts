// Checks the packages as they are published: packs, installs, compiles against, imports and runs each of them.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { CheckReport } from './packages/report.ts'
import { runCommand } from './packages/child-command.ts'
import { Consumer } from './packages/consumer.ts'
import { licenseProblems } from './packages/inlined-code.ts'
import {
  dependencyProblems,
  fieldProblems,
  fileProblems,
  installScriptProblems,
  workspaceProblems,
} from './packages/package-manifest.ts'
import { linkProblems } from './packages/package-links.ts'
import { type PackedPackage, packPackages } from './packages/packed-package.ts'
import { promptProblems } from './packages/packed-prompt.ts'
import { toolProblems } from './packages/packed-tool.ts'
import { repositoryUrl } from './release/repository-url.ts'

/** The packages and their runtime dependencies. A new one of either needs a decision. */
const PERMITTED_DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  'anthropic-auth': [
    '@anthropic-auth/blocking',
    '@anthropic-auth/browser',
    '@anthropic-auth/callback-server',
    '@anthropic-auth/core',
    '@anthropic-auth/federation',
    '@anthropic-auth/login',
    '@anthropic-auth/profile-store',
  ],
  blocking: ['@anthropic-auth/core'],
  browser: ['@anthropic-auth/core', 'open'],
  'callback-server': ['@anthropic-auth/core'],
  federation: ['@anthropic-auth/core'],
  login: ['@anthropic-auth/browser', '@anthropic-auth/callback-server', '@anthropic-auth/core'],
  pkce: [],
  core: ['ky'],
  'profile-store': ['@anthropic-auth/core'],
  testing: ['@anthropic-auth/core', '@anthropic-auth/pkce', '@hono/node-server', 'hono'],
}

const root = join(import.meta.dirname, '..')
const bin = join(root, 'node_modules/.bin')
const attw = join(
  dirname(fileURLToPath(import.meta.resolve('@arethetypeswrong/cli/package.json'))),
  'dist/index.js',
)
const target = join(root, '.packed')
const report = new CheckReport()

function checkContents(folder: string, packed: PackedPackage): void {
  const { manifest, files } = packed
  const permitted = PERMITTED_DEPENDENCIES[folder]
  report.add(
    `${folder}: runtime dependencies`,
    permitted ? dependencyProblems(manifest, permitted) : ['the package is not listed in check-packages.ts'],
  )
  report.add(`${folder}: no install scripts`, installScriptProblems(manifest))
  report.add(`${folder}: nothing of the workspace`, workspaceProblems(manifest))
  report.add(`${folder}: fields`, fieldProblems(manifest))
  report.add(`${folder}: links`, linkProblems(manifest, { repository: repositoryUrl(), folder }))
  report.add(`${folder}: files`, fileProblems(files))
  report.add(`${folder}: licenses of inlined code`, licenseProblems(packed))
  report.add(`${folder}: no path of this machine`, pathProblems(packed))
}

function pathProblems({ directory, files }: PackedPackage): string[] {
  return files
    .filter((file) => readFileSync(join(directory, file), 'utf8').includes(root))
    .map((file) => `${file} names ${root}`)
}

async function checkPublint(folder: string, { directory }: PackedPackage): Promise<void> {
  // The folder is an unpacked tarball, so publint has nothing to pack.
  const { messages, pkg } = await publint({ pkgDir: directory, pack: false, strict: true })
  report.add(
    `${folder}: publint`,
    messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code),
  )
}

async function checkResolution(folder: string, { tarball }: PackedPackage): Promise<void> {
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', '--no-emoji']
  const { ok, output } = await runCommand(process.execPath, [attw, tarball, ...options, '--no-color'], {
    cwd: root,
  })
  // attw also succeeds when there is nothing to check.
  const untyped = output.includes('does not contain types')
  report.add(`${folder}: attw --profile esm-only`, ok && !untyped ? [] : [output])
}

async function checkConsumer(
  folder: string,
  packed: PackedPackage,
  all: readonly PackedPackage[],
): Promise<void> {
  const consumer = new Consumer(packed, all)
  try {
    await checkTypes(folder, consumer)
    report.add(`${folder}: import does nothing visible`, await consumer.importProblems())
    report.add(`${folder}: require() works`, await consumer.requireProblems())
    report.add(`${folder}: every file loads`, await consumer.moduleProblems())
    for (const [name, script] of Object.entries(packed.manifest.bin ?? {})) {
      report.add(`${folder}: ${name} --help`, await consumer.helpProblems(script))
    }
    if (folder === 'anthropic-auth') {
      report.add(`${folder}: the tool runs`, await toolProblems(consumer, 'dist/bin.js'))
      report.add(`${folder}: the prompts work in a terminal`, await promptProblems(consumer.directory))
    }
  } finally {
    consumer.remove()
  }
}

async function checkTypes(folder: string, consumer: Consumer): Promise<void> {
  const file = join(import.meta.dirname, 'packages/consumers', `${folder}.ts`)
  for (const [compiler, version, resolution] of [
    ['tsc', 'TypeScript 7', 'nodenext'],
    ['tsc', 'TypeScript 7', 'bundler'],
    ['tsc6', 'TypeScript 6', 'nodenext'],
    ['tsc6', 'TypeScript 6', 'bundler'],
  ] as const) {
    const problems = existsSync(file)
      ? await consumer.typeProblems(file, { compiler: join(bin, compiler), resolution })
      : [`scripts/packages/consumers/${folder}.ts is missing`]
    report.add(`${folder}: types under ${resolution}, ${version}`, problems)
  }
}

async function checkQueued(): Promise<void> {
  for (let packed = queue.shift(); packed !== undefined; packed = queue.shift()) {
    const folder = basename(packed.source)
    if (existsSync(join(packed.source, 'dist'))) await checkPackage(folder, packed)
    else report.add(`${folder}: build`, ['no dist folder: run `pnpm build` first'])
  }
}

async function checkPackage(folder: string, packed: PackedPackage): Promise<void> {
  checkContents(folder, packed)
  await checkPublint(folder, packed)
  await checkResolution(folder, packed)
  await checkConsumer(folder, packed, all)
}

rmSync(target, { recursive: true, force: true })
const all = await packPackages(root, target)
const queue = [...all]
await Promise.all(Array.from({ length: availableParallelism() }, checkQueued))
if (all.length === 0) report.add('packages', ['none found'])

console.log(report.summary)
process.exitCode = report.hasFailed ? 1 : 0
