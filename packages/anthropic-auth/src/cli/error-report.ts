import { styleText } from 'node:util'
import {
  AnthropicAuthError,
  type AnthropicAuthErrorCode,
  isAnthropicAuthError,
  type TokenProviderEvent,
} from '@anthropic-auth/core'
import { sentences } from '../login-progress.ts'
import { EXIT_CODES, UNEXPECTED } from './exit-code.ts'

/** How an error is shown. */
export interface ErrorReportOptions {
  readonly json: boolean
  /** With the stack. */
  readonly debug: boolean
}

/** Says on standard error what went wrong and what to do next, and returns the exit code. */
export function reportError(error: unknown, { json, debug }: ErrorReportOptions): number {
  process.stderr.write(`${json ? asJson(error, debug) : asText(error, debug)}\n`)
  return isAnthropicAuthError(error) ? (EXIT_CODES[error.code] ?? UNEXPECTED) : UNEXPECTED
}

/** Says on standard error what did not end the command. */
export function reportWarning(message: string, json = false): void {
  const text = json ? JSON.stringify({ warning: { message } }) : `${styled('yellow', 'Warning:')} ${message}`
  process.stderr.write(`${text}\n`)
}

/** Shows what the token provider does, for `--debug`. The log shows why a login ended, and contains no secrets. */
export function reportEvent(event: TokenProviderEvent, json = false): void {
  process.stderr.write(`${json ? JSON.stringify({ event }) : styled('dim', eventText(event))}\n`)
}

function eventText({ time, type, refreshTokenId, expiresAt, until, error }: TokenProviderEvent): string {
  const details = [
    refreshTokenId !== undefined && `refresh token ${refreshTokenId}`,
    typeof expiresAt === 'number' && `access token until ${new Date(expiresAt * 1000).toISOString()}`,
    until !== undefined && `until ${until}`,
    error !== undefined && `${error.code}: ${error.message}${serverText(error)}`,
  ].filter((detail) => detail !== false)
  return [time, type.replaceAll('_', ' '), details.join(', ')].join('  ').trim()
}

function serverText({ errorDescription }: AnthropicAuthError): string {
  return errorDescription === undefined ? '' : ` (server: ${errorDescription})`
}

/** Where the family's own hint names an option that a program has and this tool has not. */
const HINTS: Readonly<Partial<Record<AnthropicAuthErrorCode, string>>> = {
  timeout: 'Check the network connection, then run it again.',
}

function asText(error: unknown, debug: boolean): string {
  const lines = [`${styled('red', 'Error:')} ${sentences(messageOf(error))}`]
  if (isAnthropicAuthError(error)) {
    const hint = HINTS[error.code] ?? error.hint
    if (hint !== undefined) lines.push(hint)
    if (error.errorUri !== undefined) lines.push(`More information: ${error.errorUri}`)
    if (error.retryAfterSeconds !== undefined) lines.push(`Try again in ${error.retryAfterSeconds} seconds.`)
    if (error.requestId !== undefined) lines.push(styled('dim', `Request id: ${error.requestId}`))
  } else lines.push('This should not happen. Run it again with --debug to see where it did.')
  if (debug) lines.push(styled('dim', stackOf(error)))
  return lines.join('\n')
}

function asJson(error: unknown, debug: boolean): string {
  const fields = isAnthropicAuthError(error) ? plainFields(error) : { message: messageOf(error) }
  return JSON.stringify({ error: { ...fields, ...(debug && { stack: stackOf(error) }) } })
}

function plainFields(error: AnthropicAuthError): object {
  return AnthropicAuthError.prototype.toJSON.call(error)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something that is no error was thrown'
}

/** With the stack of what caused it, which no error of the network has. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}

function styled(format: 'red' | 'yellow' | 'dim', text: string): string {
  return styleText(format, text, { stream: process.stderr })
}
