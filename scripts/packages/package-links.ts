import { posix } from 'node:path'

/** The fields of a package.json with links to the project. */
export interface PackageLinks {
  readonly repository: { readonly type: 'git'; readonly url: string; readonly directory: string }
  readonly homepage: string
  readonly bugs: string
}

/** Returns the links of the package in `packages/<folder>`, from the one setting of an owner. */
export function packageLinks(repository: string, folder: string): PackageLinks {
  const directory = `packages/${folder}`
  return {
    repository: { type: 'git', url: `git+${repository}.git`, directory },
    homepage: `${repository}/tree/main/${directory}#readme`,
    bugs: `${repository}/issues`,
  }
}

/** Finds links of a package.json that are missing or wrong. Without a repository, there must be none. */
export function linkProblems(
  manifest: Readonly<Record<string, unknown>>,
  { repository, folder }: { readonly repository: string | null; readonly folder: string },
): string[] {
  const expected: Partial<PackageLinks> = repository === null ? {} : packageLinks(repository, folder)
  return (['repository', 'homepage', 'bugs'] as const)
    .filter((field) => JSON.stringify(manifest[field]) !== JSON.stringify(expected[field]))
    .map((field) => `its "${field}" is not what \`pnpm release:links\` writes`)
}

/** Points the relative links of a README at the repository: on npm, a relative link leads nowhere. */
export function withAbsoluteLinks(readme: string, repository: string, folder: string): string {
  return readme.replaceAll(
    /(!?)\[([^\]]*)\]\((\.\.?\/[^)\s]*)\)/g,
    (_, mark: string, text: string, link: string) => {
      const path = posix.join('packages', folder, link)
      // A picture needs the file itself, not the page that shows it.
      return `${mark}[${text}](${repository}/${mark === '' ? 'blob' : 'raw'}/HEAD/${path})`
    },
  )
}
