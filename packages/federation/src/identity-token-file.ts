import type * as fs from 'node:fs/promises'
import { AnthropicAuthError, type IdentityTokenSource } from '@anthropic-auth/core'
import { memberOf, requireNodeBuiltin } from '@anthropic-auth/core/internal'

interface NodeBuiltins {
  readonly 'node:fs/promises': typeof fs
}

/**
 * Reads identity tokens from a file, anew for each exchange, since platforms replace such files: for example a projected
 * token of Kubernetes.
 *
 * The source rejects with an `AnthropicAuthError`: `invalid_config` when the file can't be read or is empty,
 * `unsupported_runtime` where there are no files.
 *
 * @param path - a relative one starts at the working directory
 * @throws TypeError when `path` is not a non-empty string
 */
export function identityTokenFromFile(path: string): IdentityTokenSource {
  if (typeof path !== 'string' || path === '') throw new TypeError('path must be a non-empty string')
  return async () => {
    const text = await files()
      .readFile(path, 'utf8')
      .catch((error: unknown) => rethrowAsUnreadable(path, error))
    const token = text.trim()
    if (token !== '') return token
    throw unusableFile(`The identity token file ${path} is empty`)
  }
}

function files(): typeof fs {
  return requireNodeBuiltin<NodeBuiltins, 'node:fs/promises'>('node:fs/promises', {
    message: 'This runtime has no files',
    hint: 'Use Node 22.3 or later, Deno or Bun. In other runtimes, pass the identity token itself.',
  })
}

function rethrowAsUnreadable(path: string, error: unknown): never {
  const code = typeof error === 'object' && error !== null ? memberOf(error, 'code') : undefined
  throw unusableFile(
    `The identity token file ${path} can't be read${typeof code === 'string' ? ` (${code})` : ''}`,
  )
}

function unusableFile(message: string): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', message, {
    reason: 'identityToken',
    // The platform may be about to write the file.
    retryable: true,
    hint: 'Check the path and its permissions, and that your platform writes identity tokens there.',
  })
}
