import type { AnthropicAuthError } from '@anthropic-auth/core'
import { loginCommand } from '@anthropic-auth/profile-store/internal'
import { ciAdvice, isInCi } from './ci-advice.ts'

/** The values that a hint can contain. */
interface HintContext {
  /** The command that logs in to the profile. */
  readonly login: string
  /** The flag that chooses the profile, with a space before it; empty for a command without a profile. */
  readonly profileFlag: string
  readonly error: AnthropicAuthError
}

type Hint = string | ((context: HintContext) => string)

/** Hints by code, or by code and reason. They name commands and flags; the library's hints name its options. */
const HINTS: Readonly<Record<string, Hint>> = {
  timeout: 'Check the network connection, then run the command again.',
  'timeout:proxy': ({ error }) => error.hint ?? '',
  callback_timeout:
    'Run the command again, and allow access in the browser before the time limit. To get more time, add: --timeout DURATION',
  authorization_denied: 'Run the command again, and allow access.',
  reauthentication_required: ({ login }) => `Run: ${login}`,
  'reauthentication_required:no_such_profile': ({ error }) => error.hint ?? '',
  'reauthentication_required:not_logged_in': ({ error }) => error.hint ?? '',
  missing_refresh_token: ({ login }) => `Run: ${login}`,
  missing_scope: ({ login }) =>
    `Log in again, with an account that can create API keys: ${login} --scope org:create_api_key user:profile user:inference`,
  account_on_hold: ({ error }) =>
    error.errorUri === undefined
      ? 'To see why, sign in at https://claude.ai. The login works again once the hold is lifted.'
      : 'To see why, open the link below. The login works again once the hold is lifted.',
  organization_mismatch:
    'Run the command again, and choose the organization and workspace that you requested. To log in to different ones, use --organization and --workspace.',
  port_unavailable: 'Choose another port with --port, or leave it out to use any free port.',
  callback_server_failed: 'To paste the code instead, add: --no-browser',
  state_mismatch: 'Run the command again, and paste the code from the newest link.',
  invalid_authorization_response: 'Run the command again, and paste the whole code that the browser shows.',
  'invalid_authorization_response:too_many_refusals':
    'Run the command in a terminal, or write only the code to its standard input.',
  'browser_launch_failed:no_terminal': () =>
    isInCi()
      ? ciAdvice()
      : 'Run the command in a terminal, or add --no-browser to read the code from standard input.',
  'invalid_authorization_response:empty':
    'Run the command again, and paste the code. Without a terminal, write the code to standard input.',
  oauth_error: 'Run the command again. If it fails again, check --client-id and --scope.',
  'oauth_error:invalid_grant': 'The code has expired or was already used. Run the command again.',
  'oauth_error:invalid_client': 'The server does not know this client. Check --client-id and --base-url.',
  'oauth_error:unauthorized_client': 'The server does not allow this client to log in. Check --client-id.',
  'oauth_error:invalid_scope':
    'The account or client may not use these scopes. Request fewer: --scope SCOPE…',
  'invalid_config:no_such_profile': ({ login }) =>
    `Log in to this profile first: ${login}\nTo see the profiles, run: anthropic-auth list`,
  'invalid_config:active_config': 'Choose the active profile again: anthropic-auth use NAME',
  'store_failed:profile_changed': 'Run the command again to use the new login.',
  'store_failed:foreign_profile': ({ profileFlag }) =>
    `This profile is for a machine, which logs in by itself: there is no login to refresh or to end. To get its token, run: anthropic-auth token${profileFlag}\nTo use the login of a user, choose another profile: --profile NAME`,
  'oauth_error:identity_token_refused': withoutOption,
  'http_error:identity_token_refused': withoutOption,
  invalid_token_response: 'Check --base-url, and that no proxy responds in place of the server.',
  rate_limited: 'Wait, then run the command again.',
  'rate_limited:no_retry_after':
    'Wait a minute, then run the command again. If it never works, the server may be blocking this tool.',
  http_error: ({ error }) =>
    error.reason === undefined
      ? 'Check --base-url and any proxy in between, then run the command again.'
      : (error.hint ?? ''),
  'http_error:unsupported_media_type': 'Check --base-url: the server does not accept this kind of request.',
  'http_error:html':
    'The response is a web page. Check --base-url, and any proxy or firewall between you and the server.',
  'http_error:not_found': 'Check --base-url: the server has nothing at this address.',
  'http_error:redirect': 'The server has moved. Check --base-url.',
  'http_error:unauthorized': ({ login }) =>
    `The server refuses the access token, although it has not expired. To log in again, run: ${login}`,
}

/** Removes `workspaceId` from the hint: it is an option of the library, not of the command line. */
function withoutOption({ error }: HintContext): string {
  return (error.hint ?? '').replace('workspaceId, or ', '')
}

/** The profile that an error is about. */
export interface HintProfile {
  readonly name: string
  /** `null`: the default client. */
  readonly clientId: string | null
}

/** Returns what the user can do next, or `undefined` if there is no hint for the error. */
export function hintOf(error: AnthropicAuthError, profile: HintProfile | undefined): string | undefined {
  const { code, reason, hint } = error
  const profileFlag = profile === undefined ? '' : ` --profile ${profile.name}`
  const login = profile === undefined ? 'anthropic-auth login' : loginCommand(profile)
  const own = HINTS[`${code}:${reason ?? error.error ?? ''}`] ?? HINTS[code]
  if (own === undefined) return hint
  return typeof own === 'string' ? own : own({ login, profileFlag, error })
}
