import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PackedPackage, packPackages } from '../../scripts/packages/packed-package.ts'
import type { Length } from '../comparison.ts'
import { atMost, type Result } from '../result.ts'

interface Size {
  readonly packages: number
  readonly kilobytes: number
}

type Dependencies = Readonly<Record<string, string>>

const PEERS = [
  'openid-client',
  'oauth4webapi',
  'arctic',
  'google-auth-library',
  '@azure/msal-node',
  'oauth-callback',
  'opencode-anthropic-auth',
  '@anthropic-ai/sdk',
]

/** Installs the packed packages and the peers with npm, each in an empty folder. The short run leaves the peers out. */
export async function run({ timeMs }: Length): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-installed-'))
  try {
    const packed = await packPackages(join(import.meta.dirname, '../..'), join(folder, 'packed'))
    const install = (dependencies: Dependencies): Size =>
      installedSize(mkdtempSync(join(folder, 'project-')), dependencies)
    const versions = readManifest(join(import.meta.dirname, '..')).devDependencies
    const peers = timeMs < 100 ? [] : PEERS
    const core = install(tarballsFor('@anthropic-auth/core', packed))
    return [
      ...targetLines('core', core, [3, 770]),
      ...targetLines('login', install(tarballsFor('@anthropic-auth/login', packed)), [18, 2000]),
      ...targetLines('anthropic-auth', install(tarballsFor('anthropic-auth', packed)), [22, 2000]),
      ...peers.map((name) => peerLine(name, core, install({ [name]: versions[name] ?? '' }))),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The tarballs of a package and of its dependencies in this repository. */
function tarballsFor(name: string, packed: readonly PackedPackage[]): Dependencies {
  const found = packed.find(({ manifest }) => manifest.name === name)
  if (found === undefined) return {}
  const dependencies = Object.keys(found.manifest.dependencies ?? {})
  return Object.assign(
    { [name]: `file:${found.tarball}` },
    ...dependencies.map((dependency) => tarballsFor(dependency, packed)),
  ) as Dependencies
}

function installedSize(project: string, dependencies: Dependencies): Size {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
  ]
  execFileSync('npm', args, { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] })
  const modules = join(project, 'node_modules')
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as { packages: object }
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== '.package-lock.json',
  )
  const bytes = files.reduce((sum, { parentPath, name }) => sum + lstatSync(join(parentPath, name)).size, 0)
  return { packages: Object.keys(lock.packages).length, kilobytes: Math.round(bytes / 1000) }
}

function readManifest(folder: string): { readonly devDependencies: Dependencies } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { devDependencies: Dependencies }
}

function targetLines(
  what: string,
  ours: Size,
  [packages, kilobytes]: readonly [packages: number, kilobytes: number],
): readonly Result[] {
  const line = { row: 9, work: `installed: ${what}`, ours: textOf(ours), peer: '–' }
  return [
    { ...line, ...atMost(ours.packages, packages, 'packages') },
    { ...line, ...atMost(ours.kilobytes, kilobytes, 'kB') },
  ]
}

function peerLine(name: string, core: Size, peer: Size): Result {
  const share = `${Math.round((100 * core.kilobytes) / peer.kilobytes)} % of its size`
  return {
    row: 9,
    work: 'installed: core',
    ours: textOf(core),
    peer: `${name} ${textOf(peer)}`,
    ratio: share,
    target: '–',
    verdict: '',
  }
}

function textOf({ packages, kilobytes }: Size): string {
  return `${packages} ${packages === 1 ? 'package' : 'packages'}, ${kilobytes.toLocaleString('en')} kB`
}
