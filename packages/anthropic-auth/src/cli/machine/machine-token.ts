import { type AccessToken, isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import { accessTokenOf } from '@anthropic-auth/core/internal'
import { DEFAULT_HOST } from '@anthropic-auth/profile-store/internal'
import type { CommandContext } from '../command-context.ts'
import { reportWarning } from '../error-report.ts'
import { lasts } from '../lasting-token.ts'
import { MIN_TTL, printToken, type TokenFlags, warnOfShortLife } from '../token-output.ts'
import type { MachineLogin } from './machine-login.ts'

/** `anthropic-auth token` of a machine */
export async function printMachineToken(
  login: MachineLogin,
  flags: TokenFlags,
  { signal }: CommandContext,
): Promise<void> {
  const { minTtl = MIN_TTL, json } = flags
  const kept = await keptToken(login)
  const isKeptEnough = kept !== null && lasts(accessTokenOf(kept), minTtl)
  const tokens = isKeptEnough ? kept : await exchangedOr(flags.minTtl === undefined ? kept : null)
  printToken(accessTokenOf(tokens), login.ownHost, flags)
  if (flags.minTtl !== undefined && !isKeptEnough) warnOfShortLife(accessTokenOf(tokens), minTtl, flags)

  /** Without `--min-ttl`, a token that is still valid is better than none. */
  async function exchangedOr(valid: TokenSet | null): Promise<TokenSet> {
    try {
      return await exchange(login, { signal, json })
    } catch (error) {
      if (valid === null || valid.isExpired(0) || !isAnthropicAuthError(error) || signal.aborted) throw error
      reportWarning(`Could not get a new token, but the current one is still valid: ${error.message}`, json)
      return valid
    }
  }
}

/** Returns a token that is valid for `minTtl` seconds, unless even a new one is not. */
export async function machineToken(
  login: MachineLogin,
  minTtl: number,
  options: ExchangeOptions,
): Promise<AccessToken> {
  const kept = await keptToken(login)
  const isEnough = kept !== null && lasts(accessTokenOf(kept), minTtl)
  return accessTokenOf(isEnough ? kept : await exchange(login, options))
}

interface ExchangeOptions {
  readonly signal: AbortSignal
  readonly json?: boolean | undefined
}

/** Exchanges an identity token. A profile keeps the access token, where the official SDKs find it. */
export async function exchange(
  { client, grant, profile, ownHost, isKept }: MachineLogin,
  { signal, json }: ExchangeOptions,
): Promise<TokenSet> {
  const tokens = await client.exchangeIdentityToken(grant, { signal })
  if (!isKept) return tokens
  await profile?.save(tokens, ownHost ?? DEFAULT_HOST).catch((error: unknown) => {
    // Nothing is lost: the next command exchanges another identity token.
    if (!isAnthropicAuthError(error)) throw error
    reportWarning(`The access token was not saved to profile '${profile.name}': ${error.message}`, json)
  })
  return tokens
}

/** The token that an official SDK or this tool has kept. Anything that can't be read is replaced by the next exchange. */
export async function keptToken({ profile, ownHost, isKept }: MachineLogin): Promise<TokenSet | null> {
  return !isKept ? null : ((await profile?.load(ownHost ?? DEFAULT_HOST).catch(() => null)) ?? null)
}
