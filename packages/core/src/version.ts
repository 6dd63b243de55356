/** The version of all packages, written by `pnpm run version`. */
export const VERSION = '0.0.0'
