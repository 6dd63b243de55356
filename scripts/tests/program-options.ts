/**
 * Node's options for a program that a test starts. It loads the packages as users get them, which takes a quarter of the
 * time, or from source if that has changed since the last `pnpm build`: vitest.workspace.ts decides it.
 */
export const PROGRAM_OPTIONS: readonly string[] = isBuilt() ? [] : ['--conditions=@anthropic-auth/source']

/** Whether tests run the built packages. */
export function isBuilt(): boolean {
  return process.env['BUILT_PACKAGES'] === '1'
}
