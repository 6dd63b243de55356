import { isAnthropicAuthError } from '@anthropic-auth/core'
import { errorCode } from '@anthropic-auth/profile-store/internal'
import { hintOf } from '../error-hint.ts'
import { EXIT_CODES } from '../exit-code.ts'

/** A result of a check. */
export interface Finding {
  /** A `problem` breaks logins. A `warning` may break them, or may surprise the user. */
  readonly status: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** The command or setting that fixes it; `null` when there is nothing to fix. */
  readonly remedy: string | null
  /** Defaults to the exit code of the check. */
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
 * Returns an error as a problem.
 *
 * @param profile - the profile that the remedy names
 * @throws the error itself if it is a bug: neither ours nor an error of the system
 */
export function problemOf(error: unknown, profile?: string): Finding {
  if (isAnthropicAuthError(error)) {
    const remedy =
      hintOf(error, profile === undefined ? undefined : { name: profile, clientId: null }) ??
      'Fix this, then run the command again.'
    return { ...problem(error.message, inOneLine(remedy)), exitCode: EXIT_CODES[error.code] }
  }
  if (errorCode(error) === undefined) throw error
  return problem(`Could not check this (${errorCode(error)})`, 'Run the command as the user who logs in.')
}

/** Puts the lines of a hint in one. A line that ends with a command has no full stop. */
export function inOneLine(hint: string): string {
  return hint.replaceAll(/(?<!\W)\n/g, '. ').replaceAll('\n', ' ')
}

/** Returns the rejection of a promise as a problem, or `null` if it resolves. */
export async function failureOf(promise: Promise<unknown>): Promise<Finding | null> {
  return promise.then(
    () => null,
    (error: unknown) => problemOf(error),
  )
}
