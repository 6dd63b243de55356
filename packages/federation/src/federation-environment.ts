import { AnthropicAuthError, type IdentityTokenGrant } from '@anthropic-auth/core'
import { type Environment, processEnvironment, variable } from './environment.ts'
import { githubActionsSource, isInGithubActions } from './github-actions.ts'
import { identityTokenFromFile } from './identity-token-file.ts'

const RULE = 'ANTHROPIC_FEDERATION_RULE_ID'
const ORGANIZATION = 'ANTHROPIC_ORGANIZATION_ID'
const SERVICE_ACCOUNT = 'ANTHROPIC_SERVICE_ACCOUNT_ID'
const WORKSPACE = 'ANTHROPIC_WORKSPACE_ID'
const TOKEN_FILE = 'ANTHROPIC_IDENTITY_TOKEN_FILE'
const TOKEN = 'ANTHROPIC_IDENTITY_TOKEN'

/**
 * Reads the federation variables of the official SDKs: `ANTHROPIC_FEDERATION_RULE_ID`, `ANTHROPIC_ORGANIZATION_ID`,
 * `ANTHROPIC_SERVICE_ACCOUNT_ID`, `ANTHROPIC_WORKSPACE_ID`, and `ANTHROPIC_IDENTITY_TOKEN_FILE` or
 * `ANTHROPIC_IDENTITY_TOKEN`. A job of GitHub Actions needs neither of the last two: without them, its own identity
 * token is used.
 *
 * @param env - default: the variables of this process
 * @returns `null` when `ANTHROPIC_FEDERATION_RULE_ID` is not set
 * @throws AnthropicAuthError `invalid_config` when another variable is missing, with its name as `reason`
 */
export function federationFromEnvironment(
  env: Environment = processEnvironment(),
): IdentityTokenGrant | null {
  if (typeof env !== 'object' || env === null) throw new TypeError('env must be an object')
  const federationRuleId = variable(env, RULE)
  if (federationRuleId === null) return null
  const organizationId = variable(env, ORGANIZATION)
  if (organizationId === null) {
    throw missing(
      ORGANIZATION,
      `Set ${ORGANIZATION} to the UUID of your organization. The Claude Console shows it under Settings, Organization.`,
    )
  }
  return {
    federationRuleId,
    organizationId,
    serviceAccountId: variable(env, SERVICE_ACCOUNT) ?? undefined,
    workspaceId: variable(env, WORKSPACE) ?? undefined,
    identityToken: identityTokenOf(env),
  }
}

/** In the order of the official SDKs, which know only the first two. */
function identityTokenOf(env: Environment): IdentityTokenGrant['identityToken'] {
  const path = variable(env, TOKEN_FILE)
  if (path !== null) return identityTokenFromFile(path)
  const token = variable(env, TOKEN)
  if (token !== null) return token
  if (isInGithubActions(env)) return githubActionsSource(() => env)
  throw missing(
    TOKEN_FILE,
    `Set ${TOKEN_FILE} to the file that your platform writes identity tokens to, or ${TOKEN} to a token. A job of GitHub Actions needs neither, but the permission \`id-token: write\`.`,
  )
}

function missing(name: string, hint: string): AnthropicAuthError {
  const message = `${RULE} is set, but ${name} is not`
  return new AnthropicAuthError('invalid_config', message, { reason: name, hint })
}
