/** Returns the text of a package's src/version.ts. */
export function versionModule(version: string): string {
  return `/** The version of all packages, written by \`pnpm run version\`. */\nexport const VERSION = '${version}'\n`
}
