import { styleText } from 'node:util'
import { AnthropicAuthError, isAnthropicAuthError, type TokenProviderEvent } from '@anthropic-auth/core'
import { sentences } from '@anthropic-auth/login/internal'
import { type HintProfile, hintOf } from './error-hint.ts'
import { EXIT_CODES, UNEXPECTED } from './exit-code.ts'
import { tellLine, visible } from './output.ts'
import { UNEXPECTED_STEP, unexpectedProblem } from './unexpected-error.ts'
import { unexpectedStack } from './unexpected-stack.ts'

/** The options of {@link reportError}. */
export interface ErrorReportOptions {
  readonly json: boolean
  /** Whether to show the stack. */
  readonly debug: boolean
  /** The profile of the command, which hints name. */
  readonly profile?: HintProfile | undefined
}

/** Shows an error and its hint on standard error, and returns the exit code. */
export function reportError(error: unknown, options: ErrorReportOptions): number {
  if (options.json) process.stderr.write(`${asJson(error, options)}\n`)
  else tellError(error, options)
  return isAnthropicAuthError(error) ? (EXIT_CODES[error.code] ?? UNEXPECTED) : UNEXPECTED
}

/** Shows a problem that did not end the command, on standard error. */
export function reportWarning(message: string, json = false): void {
  if (json) process.stderr.write(`${JSON.stringify({ warning: { message } })}\n`)
  else tellLine(`${styled('yellow', 'Warning:')} ${message.split('\n').map(visible).join('\n')}`)
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

function tellError(error: unknown, { debug, profile }: ErrorReportOptions): void {
  tellLine(`${styled('red', 'Error:')} ${sentences(plainMessageOf(error))}`)
  if (isAnthropicAuthError(error)) for (const line of detailsOf(error, profile)) tellLine(line)
  else tellLine(UNEXPECTED_STEP)
  if (debug) process.stderr.write(`${styled('dim', stackOf(error))}\n`)
}

function detailsOf(error: AnthropicAuthError, profile: HintProfile | undefined): readonly string[] {
  const { message, errorDescription, errorUri, retryAfterSeconds, requestId } = error
  const hint = hintOf(error, profile)
  // A message quotes the description without its full stop.
  const isNews = errorDescription !== undefined && !message.includes(errorDescription.replace(/\.+$/, ''))
  return [
    ...(isNews ? [`The server says: ${errorDescription}`] : []),
    ...(hint === undefined ? [] : [hint]),
    ...(errorUri === undefined ? [] : [`More information: ${errorUri}`]),
    ...(retryAfterSeconds === undefined ? [] : [`Try again in ${retryAfterSeconds} seconds.`]),
    ...(requestId === undefined ? [] : [styled('dim', `Request id: ${requestId}`)]),
  ]
}

function asJson(error: unknown, { debug, profile }: ErrorReportOptions): string {
  const fields = isAnthropicAuthError(error)
    ? { ...plainFields(error), hint: hintOf(error, profile) }
    : { message: messageOf(error), hint: UNEXPECTED_STEP }
  return JSON.stringify({ error: { ...fields, ...(debug && { stack: stackOf(error) }) } })
}

function plainFields(error: AnthropicAuthError): object {
  return AnthropicAuthError.prototype.toJSON.call(error)
}

/** For users, the login has ended, and not a token. The term stays, for those who search for it. */
function plainMessageOf(error: unknown): string {
  const message = messageOf(error)
  return message === 'The refresh token is no longer valid'
    ? 'Your login has ended (the refresh token is no longer valid)'
    : message
}

function messageOf(error: unknown): string {
  return isAnthropicAuthError(error) ? error.message : unexpectedProblem(error)
}

/** Includes the stack of the cause. Network errors have none, since it could hold the request. */
function stackOf(error: unknown): string {
  if (!isAnthropicAuthError(error)) return unexpectedStack(error)
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}

function styled(format: 'red' | 'yellow' | 'dim', text: string): string {
  return styleText(format, text, { stream: process.stderr })
}
