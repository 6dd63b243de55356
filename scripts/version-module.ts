/** The text of a package's src/version.ts for a version. */
export function versionModule(version: string): string {
  return `/** The version of all packages, written by \`pnpm version\`. */\nexport const VERSION = '${version}'\n`
}
