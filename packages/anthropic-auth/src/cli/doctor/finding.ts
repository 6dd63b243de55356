import { isAnthropicAuthError } from '@anthropic-auth/core'
import { errorCode } from '@anthropic-auth/profile-store/internal'
import { hintOf } from '../error-hint.ts'
import { EXIT_CODES } from '../exit-code.ts'

/** A fact that a check has found. */
export interface Finding {
  /** `problem`: it breaks logins; `warning`: it can break them, or it is not what you may expect. */
  readonly status: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** The command or setting that fixes it; `null` when there is nothing to fix. */
  readonly remedy: string | null
  /** Default: that of the check. */
  readonly exitCode?: number
}

export function ok(message: string): Finding {
  return { status: 'ok', message, remedy: null }
}

export function warning(message: string, remedy: string): Finding {
  return { status: 'warning', message, remedy }
}

export function problem(message: string, remedy: string): Finding {
  return { status: 'problem', message, remedy }
}

/**
 * Returns the problem that an error stands for.
 *
 * @param profile - the profile that the remedy names
 * @throws the error itself when it is a bug: neither one of ours nor one of the system
 */
export function problemOf(error: unknown, profile?: string): Finding {
  if (isAnthropicAuthError(error)) {
    const remedy =
      hintOf(error, profile === undefined ? undefined : { name: profile, clientId: null }) ??
      'Correct what the message names, then run this again.'
    return { ...problem(error.message, remedy.replaceAll('\n', ' ')), exitCode: EXIT_CODES[error.code] }
  }
  if (errorCode(error) === undefined) throw error
  return problem(`This can't be checked (${errorCode(error)})`, 'Run it as the user who logs in.')
}

/** Returns the problem that a promise rejects with; `null` when there is none. */
export async function failureOf(promise: Promise<unknown>): Promise<Finding | null> {
  return promise.then(
    () => null,
    (error: unknown) => problemOf(error),
  )
}
