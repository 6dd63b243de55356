import { linkProblems } from '../packages/package-links.ts'

/** A package that is about to be published. */
export interface ReleasedPackage {
  /** Its folder's name in packages/. */
  readonly folder: string
  readonly manifest: Readonly<Record<string, unknown>>
  readonly readme: string
  /** `null` when there is none. */
  readonly changelog: string | null
}

export interface Release {
  readonly repository: string | null
  /** The text of SECURITY.md. */
  readonly security: string
  readonly packages: readonly ReleasedPackage[]
}

/** Returns the tasks that an owner still has to do before the packages can be published. */
export function releaseProblems({ repository, security, packages }: Release): string[] {
  const versions = new Set(packages.map(({ manifest }) => manifest['version']))
  return [
    ...(repository === null
      ? ['Set "repository" in package.json, and run `pnpm release:links`.']
      : packages.flatMap((each) => placeProblems(each, repository))),
    ...(security.includes('TO BE SET BY THE OWNER') ? ['Set the contact in SECURITY.md.'] : []),
    ...(versions.size > 1 ? [`The packages have different versions: ${[...versions].join(', ')}.`] : []),
    ...packages.flatMap(changelogProblems),
  ]
}

function placeProblems({ folder, manifest, readme }: ReleasedPackage, repository: string): string[] {
  const links = linkProblems(manifest, { repository, folder })
  const problems = links.map((problem) => `packages/${folder}: ${problem}.`)
  if (!/\]\(\.\.?\//.test(readme)) return problems
  return [...problems, `packages/${folder}/README.md has relative links: run \`pnpm release:links\`.`]
}

function changelogProblems({ folder, manifest, changelog }: ReleasedPackage): string[] {
  const { version } = manifest
  if (version === '0.0.0') return [`packages/${folder} has no version yet: run \`pnpm run version\`.`]
  if (changelog?.includes(`\n## ${String(version)}\n`)) return []
  return [`packages/${folder}/CHANGELOG.md says nothing about version ${String(version)}.`]
}
