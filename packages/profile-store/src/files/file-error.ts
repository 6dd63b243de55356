import { AnthropicAuthError } from '@anthropic-auth/core'

/** The kinds of file system errors that a store reports. */
type FileErrorReason = 'read_failed' | 'write_failed' | 'lock_failed'

const FULL = 'Free some space there, then try again.'

/** Hints, by the code of the file system's error. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Give your user permission to use that path, or set ANTHROPIC_CONFIG_DIR to a folder of your own.',
  EDQUOT: FULL,
  EMFILE: 'This process has too many files open. Close some, or raise the limit with: ulimit -n 4096',
  ENAMETOOLONG: 'Use a shorter name for the profile or the file.',
  ENOSPC: FULL,
  EPERM: 'Check that the path is not marked as immutable or append-only, and that your user may change it.',
  ENOTDIR: 'A part of that path is a file, and not a folder. Move the file away, or use another folder.',
  EROFS: 'That file system is read-only. Set ANTHROPIC_CONFIG_DIR to a folder that you can write to.',
}

/** Returns the code of an error of the file system, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Wraps an error of the file system, which becomes the cause. */
export function fileError(reason: FileErrorReason, message: string, cause: unknown): AnthropicAuthError {
  const code = errorCode(cause)
  return new AnthropicAuthError('store_failed', code === undefined ? message : `${message} (${code})`, {
    reason,
    cause,
    hint: variableHint(message, code) ?? HINTS[code ?? ''] ?? 'Check that path, then try again.',
  })
}

/** Names the variable if it is the cause: the user may not know the path in the message. */
function variableHint(message: string, code: string | undefined): string | null {
  const folder = process.env['ANTHROPIC_CONFIG_DIR']?.trim() ?? ''
  if (code !== 'ENOTDIR' || folder === '' || !message.includes(folder)) return null
  return `ANTHROPIC_CONFIG_DIR is ${folder}, and a part of that path is a file. Set it to the path of a folder, or run: unset ANTHROPIC_CONFIG_DIR`
}

/** Returns a `chmod` command that works when pasted, whatever the path contains. */
export function chmodCommand(mode: string, path: string): string {
  return `chmod ${mode} ${shellQuoted(path)}`
}

/** Quotes a text for a shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
