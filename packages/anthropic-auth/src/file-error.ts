import { AnthropicAuthError } from '@anthropic-auth/core'

/** The code of an error of the file system, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What the file system refused, as an error of the family: its own error is the cause. */
export function fileError(
  reason: 'read_failed' | 'write_failed' | 'lock_failed',
  message: string,
  cause: unknown,
): AnthropicAuthError {
  const code = errorCode(cause)
  return new AnthropicAuthError('store_failed', code === undefined ? message : `${message} (${code})`, {
    reason,
    cause,
  })
}

/** A command that a person can paste as it is, whatever the path holds. */
export function chmodCommand(mode: string, path: string): string {
  return `chmod ${mode} '${path.replaceAll("'", String.raw`'\''`)}'`
}
