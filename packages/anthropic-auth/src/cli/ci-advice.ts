import { OVERRIDING_VARIABLES } from './overriding-variables.ts'
import { environment } from './setting.ts'

export function isInCi(): boolean {
  return !['', '0', 'false'].includes(environment('CI')?.value ?? '')
}

/** How a program can authenticate in CI, where nobody can log in. */
export function ciAdvice(): string {
  return keyAdvice() ?? `In CI, use workload identity federation: ${federationStep()}\nOr ${API_KEY}`
}

/** Says that the official SDKs use a key or token in the environment, or returns `null` if there is none. */
export function keyAdvice(): string | null {
  const name = OVERRIDING_VARIABLES.find((variable) => environment(variable) !== null)
  return name === undefined ? null : `${name} is set: the official SDKs use it, and need no login.`
}

const API_KEY =
  'set ANTHROPIC_API_KEY to an API key, which anthropic-auth create-key makes on a machine where you are logged in.'

/** GitHub's own variables lead to the identity token of a job that may request one. */
function federationStep(): string {
  return environment('GITHUB_ACTIONS') === null
    ? 'set ANTHROPIC_FEDERATION_RULE_ID, ANTHROPIC_ORGANIZATION_ID and ANTHROPIC_IDENTITY_TOKEN_FILE.'
    : 'give the job the permission id-token: write, and set ANTHROPIC_FEDERATION_RULE_ID and ANTHROPIC_ORGANIZATION_ID.'
}
