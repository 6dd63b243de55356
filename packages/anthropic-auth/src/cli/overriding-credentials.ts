import { environment } from './setting.ts'

/** The variables that the official SDKs read before any profile. */
const VARIABLES = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']

/** Describes each credential in the environment that the official SDKs use in place of a login. */
export function overridingCredentials(): readonly string[] {
  return VARIABLES.filter((name) => environment(name) !== null).map(
    (name) =>
      `${name} is set, so the official SDKs use it and ignore this login. To use the login, run: ${unset(name)}`,
  )
}

function unset(name: string): string {
  return process.platform === 'win32' ? `Remove-Item Env:${name}` : `unset ${name}`
}
