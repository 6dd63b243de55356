import {
  AnthropicAuthError,
  createTokenProvider,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenProvider,
  type TokenSet,
} from '@anthropic-auth/core'
import type { ProfileStore } from '../profile-store.ts'
import { reportWarning } from './error-report.ts'
import { clientOf, type CommonFlags } from './settings.ts'
import type { StoredLogin } from './stored-login.ts'

/** A token provider that lives as long as one command. */
export interface BriefProvider {
  readonly client: OAuthClient
  readonly provider: TokenProvider
  /**
   * Says what the provider could hand out a token in spite of.
   *
   * @throws AnthropicAuthError `store_failed` when renewed tokens were not saved: with this process they are gone
   */
  readonly settle: () => Promise<void>
}

/** The provider of a command: no later call of it can make up for what went wrong in this one. */
export function briefProvider(login: StoredLogin, flags: CommonFlags, signal: AbortSignal): BriefProvider {
  const { store, tokens } = login
  const client = clientOf(flags, login.profile)
  const problems: AnthropicAuthError[] = []
  const provider = createTokenProvider(client, {
    store,
    onError(error) {
      // Nobody waits any more to settle what comes of a request that was sent before.
      if (signal.aborted) reportWarning(error.message, flags.json)
      else problems.push(error)
    },
  })
  return {
    client,
    provider,
    async settle() {
      const isSaved = await holds(store, provider.tokens)
      const isRenewed = provider.tokens?.accessToken !== tokens.accessToken
      for (const problem of problems) {
        if (!isSaved && isAnthropicAuthError(problem, 'store_failed')) throw notSaved(problem)
        const what = isRenewed ? '' : 'The tokens could not be renewed, and are still valid: '
        reportWarning(what + problem.message, flags.json)
      }
    },
  }
}

async function holds(store: ProfileStore, tokens: TokenSet | null): Promise<boolean> {
  const stored = await store.load().catch(() => null)
  return stored !== null && stored.accessToken === tokens?.accessToken
}

function notSaved(error: AnthropicAuthError): AnthropicAuthError {
  const message = `The tokens were renewed, but not saved: ${error.message}`
  return new AnthropicAuthError('store_failed', message, {
    reason: error.reason,
    hint: `${error.hint ?? ''} The saved ones may be used up by now: then log in again.`.trim(),
    cause: error.cause,
  })
}
