/** The version of all packages, written by `pnpm version`. */
export const VERSION = '0.0.0'
