/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The variables of this process; none where there is no process. */
export function processEnvironment(): Environment {
  const { process } = globalThis as Partial<typeof globalThis>
  return process?.env ?? {}
}

/** Reads a variable. A blank one counts as not set, as in the official SDKs. */
export function variable(environment: Environment, name: string): string | null {
  const value = Object.hasOwn(environment, name) ? environment[name]?.trim() : undefined
  return value === undefined || value === '' ? null : value
}
