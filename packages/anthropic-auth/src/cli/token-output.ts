import type { AccessToken } from '@anthropic-auth/core'
import { reportWarning } from './error-report.ts'
import { lasts, tokenEnvironment } from './lasting-token.ts'
import { durationText, print, printJson, tell } from './output.ts'
import type { CommonFlags } from './common-flags.ts'
import { shellAssignments } from './shell-assignments.ts'
import type { Shell } from './token-shells.ts'
import { tokenHeaders } from './token-headers.ts'

export interface TokenFlags extends CommonFlags {
  /** In seconds. */
  readonly minTtl?: number
  readonly header?: boolean
  readonly env?: Shell
}

/** The default of `--min-ttl`, in seconds. */
export const MIN_TTL = 120

/** @param host - the host that the token is for; `null`: the default host */
export function printToken({ token, expiresAt }: AccessToken, host: string | null, flags: TokenFlags): void {
  const { json = false, env, header = false } = flags
  if (env !== undefined) {
    const assignments = tokenEnvironment(token, host)
    if (json) printJson(assignments)
    else print(shellAssignments(assignments, env))
    return
  }
  if (json) printJson(header ? tokenHeaders(token) : { token, expiresAt, baseUrl: host })
  else print(header ? headerLines(token) : token)
  // Only for a user at the terminal: scripts read standard error, too.
  if (host !== null && !json && process.stderr.isTTY) tell(`This token is for ${host}`)
}

function headerLines(token: string): string {
  return Object.entries(tokenHeaders(token))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

/** A new token may live shorter than the user needs. */
export function warnOfShortLife(accessToken: AccessToken, minTtl: number, { json }: TokenFlags): void {
  const { expiresAt } = accessToken
  if (lasts(accessToken, minTtl) || expiresAt === null) return
  const left = durationText(expiresAt - Date.now() / 1000)
  reportWarning(`The server issued a token that is valid for only ${left}.`, json)
}
