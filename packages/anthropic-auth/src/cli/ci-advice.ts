import { OVERRIDING_VARIABLES } from './overriding-variables.ts'
import { hasFederationVariables, hasMachineVariables } from './sdk-credential.ts'
import { environment } from './setting.ts'

export function isInCi(): boolean {
  return !['', '0', 'false'].includes(environment('CI')?.value ?? '')
}

/** How a program can authenticate in CI, where nobody can log in. */
export function ciAdvice(): string {
  return (
    keyAdvice() ??
    federationAdvice() ??
    `In CI, use workload identity federation: ${federationStep()}\nOr ${API_KEY}`
  )
}

/** Says that the official SDKs use a key or token in the environment, or returns `null` if there is none. */
export function keyAdvice(): string | null {
  const name = OVERRIDING_VARIABLES.find((variable) => environment(variable) !== null)
  return name === undefined ? null : `${name} is set: the official SDKs use it, and need no login.`
}

/** The official SDKs don't request the identity token of a GitHub Actions job: only this tool does. */
function federationAdvice(): string | null {
  if (!hasMachineVariables()) return null
  const users = hasFederationVariables()
    ? 'anthropic-auth token, anthropic-auth run and the official SDKs'
    : 'anthropic-auth token and anthropic-auth run'
  const isProfileSet = environment('ANTHROPIC_PROFILE') !== null
  const condition = isProfileSet ? 'Without --profile and ANTHROPIC_PROFILE' : 'Without --profile'
  return `The federation variables are set, and need no login. ${condition}, ${users} use them.`
}

const API_KEY =
  'set ANTHROPIC_API_KEY to an API key. To create one, run anthropic-auth create-key on a machine where you are logged in.'

/** GitHub's own variables lead to the identity token of a job that may request one. */
function federationStep(): string {
  return environment('GITHUB_ACTIONS') === null
    ? 'set ANTHROPIC_FEDERATION_RULE_ID, ANTHROPIC_ORGANIZATION_ID and ANTHROPIC_IDENTITY_TOKEN_FILE.'
    : 'give the job the permission id-token: write, and set ANTHROPIC_FEDERATION_RULE_ID and ANTHROPIC_ORGANIZATION_ID.'
}
