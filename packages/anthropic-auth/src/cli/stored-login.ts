import {
  AnthropicAuthError,
  createTokenProvider,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenProvider,
  type TokenSet,
} from '@anthropic-auth/core'
import { createProfileStore, type ProfileDescription, type ProfileStore } from '../profile-store.ts'
import { reportWarning } from './error-report.ts'
import { baseUrlSetting, type CommonFlags, createClient, environment, given } from './settings.ts'

/** A login in a profile. */
export interface StoredLogin {
  readonly profile: ProfileDescription
  readonly store: ProfileStore
  readonly tokens: TokenSet
}

/**
 * Opens the login of a profile.
 *
 * @throws AnthropicAuthError `reauthentication_required` when there is none; `store_failed`
 */
export async function openLogin(flags: CommonFlags): Promise<StoredLogin> {
  const store = createProfileStore({ profile: flags.profile })
  const tokens = await store.load()
  const profile = await store.describe()
  if (tokens === null) throw notLoggedIn(profile.name)
  return { profile, store, tokens }
}

/** The client that the tokens are bound to: another one could do nothing with them. */
export function clientOf({ profile }: Pick<StoredLogin, 'profile'>, flags: CommonFlags): OAuthClient {
  return createClient({
    clientId:
      given(`client_id of profile '${profile.name}'`, profile.clientId) ??
      environment('ANTHROPIC_OAUTH_CLIENT_ID'),
    baseUrl: baseUrlSetting(flags, profile),
  })
}

/** A token provider that lives as long as one command. */
export interface BriefProvider {
  readonly provider: TokenProvider
  /**
   * Says what the provider could hand out a token in spite of.
   *
   * @throws AnthropicAuthError `store_failed` when renewed tokens were not saved: with this process they are gone
   */
  readonly settle: () => void
}

/** The provider of a command: no later call of it can make up for what went wrong in this one. */
export function briefProvider(client: OAuthClient, store: ProfileStore): BriefProvider {
  const problems: AnthropicAuthError[] = []
  const provider = createTokenProvider(client, { store, onError: (error) => problems.push(error) })
  return {
    provider,
    settle() {
      for (const problem of problems) {
        if (isAnthropicAuthError(problem, 'store_failed')) throw notSaved(problem)
        reportWarning(`The tokens could not be renewed, and are still valid: ${problem.message}`)
      }
    },
  }
}

function notLoggedIn(profile: string): AnthropicAuthError {
  const flag = profile === 'default' ? '' : ` --profile ${profile}`
  return new AnthropicAuthError('reauthentication_required', `Nobody is logged in to profile '${profile}'`, {
    hint: `Run: anthropic-auth login${flag}`,
  })
}

function notSaved(error: AnthropicAuthError): AnthropicAuthError {
  const message = `The tokens were renewed, but not saved: ${error.message}`
  return new AnthropicAuthError('store_failed', message, {
    reason: error.reason,
    hint: `${error.hint ?? ''} The saved ones may be used up by now: then log in again.`.trim(),
    cause: error.cause,
  })
}
