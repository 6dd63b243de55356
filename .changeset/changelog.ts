interface Changeset {
  readonly summary: string
}

/**
 * Writes a changeset into the changelog unchanged. Leaves out the versions of the other packages, since all packages have
 * the same version.
 */
const changelog = {
  getReleaseLine: ({ summary }: Changeset): string => summary.trim(),
  getDependencyReleaseLine: (): string => '',
}

export default changelog
