import {
  AnthropicAuthError,
  createTokenProvider,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenSet,
} from '@anthropic-auth/core'
import { sentences } from '@anthropic-auth/login/internal'
import type { ProfileStore } from '@anthropic-auth/profile-store'
import { reportWarning } from './error-report.ts'
import type { LoginFlags } from './login-flags.ts'
import { takeOutputProblem } from './standard-output.ts'

/** The tokens of a login, which only this process has so far. */
export interface NewLogin {
  readonly client: OAuthClient
  readonly tokens: TokenSet
  readonly flags: LoginFlags
}

export interface SaveResult {
  /** `null` if the tokens are in their file. */
  readonly problem: AnthropicAuthError | null
  /** Whether the next command finds the tokens, in their file or next to it. */
  readonly isOnDisk: boolean
}

export const NOT_SAVED: SaveResult = { problem: null, isOnDisk: false }

/** Saves the tokens of a login, and retries if that fails. Revokes tokens that can't be kept anywhere. */
export async function saveLogin(store: ProfileStore, login: NewLogin): Promise<SaveResult> {
  const { client, tokens, flags } = login
  try {
    await saveTokens(store, login)
    return { problem: null, isOnDisk: true }
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    const isOnDisk = await hasOnDisk(store, tokens)
    const isKept = flags.printTokens === true || isOnDisk
    return { problem: notSaved(error, isKept ? '' : await revokedText(client, tokens)), isOnDisk }
  }
}

/** Saves under the lock, or without it if another process doesn't release it: a new login must not be lost. */
async function saveTokens(store: ProfileStore, { client, tokens, flags }: NewLogin): Promise<void> {
  try {
    await createTokenProvider(client, { store, tokens }).setTokens(tokens)
  } catch (error) {
    if (!isAnthropicAuthError(error, 'store_failed') || error.reason !== 'lock_timeout') throw error
    await store.save(tokens)
    reportWarning(`Saved without the lock. ${error.message}`, flags.json)
  }
}

/** Whether the tokens are in the file, or on the disk next to it, where the next command finds them. */
async function hasOnDisk(store: ProfileStore, { accessToken }: TokenSet): Promise<boolean> {
  const stored = await store.load().catch(() => null)
  const leftovers = await store.leftovers().catch(() => [])
  return [...leftovers, ...(stored === null ? [] : [stored])].some(
    (tokens) => tokens.accessToken === accessToken,
  )
}

async function revokedText(client: OAuthClient, tokens: TokenSet): Promise<string> {
  try {
    await client.revokeToken(tokens)
    return 'Its tokens were revoked.'
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    return `Its tokens could not be revoked and stay valid until they expire: ${error.message}`
  }
}

/** Revokes the tokens if they could not be printed: nobody has them, and they would stay valid for months. */
export async function assertPrinted({ client, tokens, flags }: NewLogin): Promise<void> {
  const cause = await takeOutputProblem()
  if (cause === null) return
  const problem = `The login worked, but its tokens could not be printed (${cause.code}), so nobody has seen them`
  throw new AnthropicAuthError('store_failed', sentences(problem, await revokedText(client, tokens)), {
    reason: 'write_failed',
    hint: `Check the file or pipe that standard output goes to, and run the command again.${flags.profile === undefined ? ' To save the login instead, add: --profile NAME' : ''}`,
    cause,
  })
}

function notSaved({ message, reason, hint, cause }: AnthropicAuthError, outcome: string): AnthropicAuthError {
  const text = sentences(`The login worked, but could not be saved: ${message}`, outcome)
  return new AnthropicAuthError('store_failed', text, { reason, hint, cause })
}
