import {
  type AccessToken,
  AnthropicAuthError,
  createTokenProvider,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenProvider,
  type TokenProviderEvent,
  type TokenSet,
} from '@anthropic-auth/core'
import type { ProfileStore } from '@anthropic-auth/profile-store'
import { reportEvent, reportWarning } from './error-report.ts'
import { LockNotice } from './lock-notice.ts'
import { clientOf, type CommonFlags } from './settings.ts'
import type { StoredLogin } from './stored-login.ts'

/** A token provider that lives as long as one command. */
export interface CommandTokenProvider {
  readonly client: OAuthClient
  /** The last known tokens. */
  readonly tokens: () => TokenSet | null
  /** Returns a valid token. Waits even for a slow response, since it may hold the only working refresh token. */
  readonly accessToken: (options?: { readonly forceRefresh?: boolean }) => Promise<AccessToken>
  /** Renews the tokens. If that fails, returns the given token, which is still valid, and `settle()` reports the failure. */
  readonly renewedOr: (found: AccessToken) => Promise<AccessToken>
  /** Whether the tokens have changed since the start of the command. */
  readonly isRenewed: () => boolean
  /**
   * Reports the problems that did not prevent a token from being returned.
   *
   * @throws AnthropicAuthError `store_failed` when renewed tokens were not saved: they are lost when this process
   *   ends
   */
  readonly settle: () => Promise<void>
}

const STILL_WAITING =
  'The server is taking a long time to respond. Still waiting, so that this login is not lost. To stop now, press Ctrl-C twice; you may then have to log in again.'
const WAITING_AT_END =
  'A refresh is still under way. Waiting for its response, so that this login is not lost. To stop now, press Ctrl-C again; you may then have to log in again.'

/**
 * Creates the token provider of one command. No later call can make up for a problem, so it collects and reports
 * them.
 */
export function commandTokenProvider(
  login: StoredLogin,
  flags: CommonFlags,
  signal: AbortSignal,
): CommandTokenProvider {
  const { store, tokens } = login
  const client = clientOf(flags, login.profile)
  const problems: AnthropicAuthError[] = []
  const refresh = { isUnderWay: false }
  const notice = new LockNotice(flags.json)
  const provider = createTokenProvider(client, {
    store,
    onError(error) {
      // After an interruption no one calls settle(), so report the problem now.
      if (signal.aborted) reportWarning(error.message, flags.json)
      else if (!isStillWaiting(error)) problems.push(error)
    },
    onEvent(event) {
      if (event.type === 'waiting_for_lock') notice.begin()
      else notice.end()
      refresh.isUnderWay = isUnderWay(event, refresh.isUnderWay)
      if (flags.debug === true) reportEvent(event, flags.json)
    },
  })
  const isRenewed = (): boolean => provider.tokens?.accessToken !== tokens.accessToken
  const accessToken: CommandTokenProvider['accessToken'] = async ({ forceRefresh = false } = {}) => {
    try {
      return await patiently(provider, { forceRefresh, signal }, () =>
        reportWarning(STILL_WAITING, flags.json),
      )
    } catch (error) {
      if (signal.aborted && refresh.isUnderWay) reportWarning(WAITING_AT_END, flags.json)
      throw error
    }
  }
  return {
    client,
    tokens: () => provider.tokens,
    accessToken,
    isRenewed,
    async renewedOr(found) {
      try {
        return await accessToken({ forceRefresh: true })
      } catch (error) {
        if (!isAnthropicAuthError(error) || signal.aborted) throw error
        if (!problems.includes(error)) problems.push(error)
        return found
      }
    },
    async settle() {
      const isSaved = await holds(store, provider.tokens)
      for (const problem of problems.splice(0)) {
        if (!isSaved && isAnthropicAuthError(problem, 'store_failed')) {
          throw notSaved(problem, login.profile.name)
        }
        const what = isRenewed() ? '' : 'The tokens could not be renewed, but are still valid: '
        reportWarning(what + problem.message, flags.json)
      }
    },
  }
}

/** Calls the provider again until its request has ended, which takes a few minutes at most. */
async function patiently(
  provider: TokenProvider,
  options: Parameters<TokenProvider>[0],
  tellOfWaiting: () => void,
): Promise<AccessToken> {
  for (let calls = 1; ; calls += 1) {
    try {
      return await provider(options)
    } catch (error) {
      if (!isStillWaiting(error)) throw error
    }
    if (calls === 1) tellOfWaiting()
  }
}

function isStillWaiting(error: unknown): boolean {
  return isAnthropicAuthError(error, 'timeout') && error.reason === 'still_waiting'
}

const ENDS: ReadonlySet<TokenProviderEvent['type']> = new Set(['saved', 'refused', 'paused', 'logged_out'])

function isUnderWay({ type }: TokenProviderEvent, before: boolean): boolean {
  if (type === 'refreshing') return true
  return before && !ENDS.has(type)
}

async function holds(store: ProfileStore, tokens: TokenSet | null): Promise<boolean> {
  const stored = await store.load().catch(() => null)
  return stored !== null && stored.accessToken === tokens?.accessToken
}

function notSaved(error: AnthropicAuthError, profile: string): AnthropicAuthError {
  const message = `The tokens were renewed, but not saved: ${error.message}`
  return new AnthropicAuthError('store_failed', message, {
    reason: error.reason,
    hint: `${error.hint ?? ''}\nThe saved tokens may no longer work. If so, run: anthropic-auth login --profile ${profile}`.trim(),
    cause: error.cause,
  })
}
