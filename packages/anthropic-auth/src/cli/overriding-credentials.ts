import { environment } from './setting.ts'

/** The variables that the official SDKs read before any profile. */
const VARIABLES = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']

/** A credential in the environment that the official SDKs use in place of a login. */
export interface OverridingCredential {
  readonly problem: string
  readonly remedy: string
}

/** Finds each credential in the environment that the official SDKs use in place of a login. */
export function findOverridingCredentials(): readonly OverridingCredential[] {
  return VARIABLES.filter((name) => environment(name) !== null).map((name) => ({
    problem: `${name} is set, so the official SDKs use it and ignore this login`,
    remedy: `To use the login, run: ${unset(name)}`,
  }))
}

/** Describes each of them in a text. */
export function overridingCredentials(): readonly string[] {
  return findOverridingCredentials().map(({ problem, remedy }) => `${problem}. ${remedy}`)
}

function unset(name: string): string {
  return process.platform === 'win32' ? `Remove-Item Env:${name}` : `unset ${name}`
}
