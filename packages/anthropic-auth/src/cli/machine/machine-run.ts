import { locateProfile } from '@anthropic-auth/profile-store/internal'
import type { CommandContext } from '../command-context.ts'
import { tokenEnvironment } from '../lasting-token.ts'
import { OVERRIDING_VARIABLES } from '../overriding-variables.ts'
import { withoutCredentials } from '../token-headers.ts'
import type { MachineLogin } from './machine-login.ts'
import { machineToken } from './machine-token.ts'

/** For a program that gets one token for its whole life. */
const MIN_TTL_SECONDS = 300

/**
 * Returns the environment of a program: official SDKs log in by the same profile or variables, and get new tokens by themselves.
 * In GitHub Actions they don't know where identity tokens come from, so they get an access token.
 */
export async function machineEnvironment(
  login: MachineLogin,
  flags: { readonly token?: boolean; readonly json?: boolean },
  { signal }: CommandContext,
): Promise<NodeJS.ProcessEnv> {
  const { token } = await machineToken(login, MIN_TTL_SECONDS, { signal, json: flags.json })
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const name of OVERRIDING_VARIABLES) delete env[name]
  const customHeaders = withoutCredentials(env['ANTHROPIC_CUSTOM_HEADERS'])
  if (customHeaders === '') delete env['ANTHROPIC_CUSTOM_HEADERS']
  else env['ANTHROPIC_CUSTOM_HEADERS'] = customHeaders
  if (flags.token === true || !login.isSourceOfSdks) return { ...env, ...withToken(token, login.ownHost) }
  if (login.profile === null) return env
  const { name, baseUrl } = login.profile
  env['ANTHROPIC_CONFIG_DIR'] = (await locateProfile({ profile: name })).root
  // The official SDKs would send the token to the host of the variable.
  if (baseUrl !== null) delete env['ANTHROPIC_BASE_URL']
  return { ...env, ANTHROPIC_PROFILE: name }
}

function withToken(token: string, host: string | null): NodeJS.ProcessEnv {
  const variables = Object.entries(tokenEnvironment(token, host))
  return Object.fromEntries(variables.map(([name, value]) => [name, value ?? undefined]))
}
