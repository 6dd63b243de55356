interface Changeset {
  readonly summary: string
}

/**
 * How a changeset becomes an entry of a changelog: as it is written. Versions of the other packages are no news, since
 * all packages have the same.
 */
const changelog = {
  getReleaseLine: ({ summary }: Changeset): string => summary.trim(),
  getDependencyReleaseLine: (): string => '',
}

export default changelog
