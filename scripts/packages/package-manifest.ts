/** The fields of a package.json that the checks read. */
export interface PackageManifest {
  readonly name: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Finds scripts that a package manager would run when a user installs the package. */
export function installScriptProblems(manifest: PackageManifest): string[] {
  const names = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare']
  return names.filter((name) => name in (manifest.scripts ?? {})).map((name) => `it has a script "${name}"`)
}

/** Finds fields that add to `dependencies`. */
export function fieldProblems(manifest: PackageManifest): string[] {
  const refused = ['peerDependencies', 'optionalDependencies', 'bundleDependencies', 'bundledDependencies']
  return refused.filter((field) => field in manifest).map((field) => `it has the field "${field}"`)
}

/** Finds text that has a meaning only inside the workspace. */
export function workspaceProblems(manifest: PackageManifest): string[] {
  const text = JSON.stringify(manifest)
  const refused = ['@anthropic-auth/source', 'workspace:', 'catalog:', 'link:', 'file:']
  return refused.filter((word) => text.includes(word)).map((word) => `its package.json holds "${word}"`)
}

/** Compares the runtime dependencies with the permitted ones. */
export function dependencyProblems(manifest: PackageManifest, permitted: readonly string[]): string[] {
  const dependencies = Object.keys(manifest.dependencies ?? {})
  return [
    ...dependencies.filter((name) => !permitted.includes(name)).map((name) => `${name} is not permitted`),
    ...permitted.filter((name) => !dependencies.includes(name)).map((name) => `${name} is missing`),
  ]
}

/** Finds files that a tarball lacks, and files that don't belong in one. Paths are relative to the package. */
export function fileProblems(files: readonly string[]): string[] {
  const needed = ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']
  const allowed = /^(?:LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/.+)$/
  return [
    ...needed.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    ...files.filter((file) => !allowed.test(file)).map((file) => `${file} does not belong in it`),
    ...files.filter((file) => /\.(?:test|bench)[.-]/.test(file)).map((file) => `${file} is a test`),
  ]
}
