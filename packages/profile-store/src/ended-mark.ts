// The mark says that the server has refused a refresh token for good. It is a file of its own, since a write to the
// credentials file could replace newer tokens, which a program that takes no lock may be saving at the same moment.
import type { TokenSet } from '@anthropic-auth/core'
import { parseJsonFile, replaceJsonFile } from './files/json-file.ts'
import { digestOf } from './files/leftover.ts'
import { readOwnFile, SECRET } from './files/own-file.ts'

/** The tokens in a credentials file, and the settings that they belong to. */
export interface MarkedLogin {
  readonly credentialsPath: string
  readonly tokens: TokenSet
  readonly binding: string
}

/** Returns the path of the mark of a credentials file. */
export function endedMarkPath(credentialsPath: string): string {
  return `${credentialsPath}.ended`
}

/**
 * Marks a login as ended. If another program or a login replaces one of the tokens, or the profile gets another client or
 * host, the mark no longer means anything.
 *
 * @throws AnthropicAuthError `store_failed` with `reason` `write_failed` or `unsafe_file`
 */
export async function writeEndedMark(login: MarkedLogin): Promise<void> {
  const ended_at = Math.floor(Date.now() / 1000)
  await replaceJsonFile(endedMarkPath(login.credentialsPath), { ended_at, login: await digestOfLogin(login) })
}

/** Returns when a login was marked as ended, in Unix seconds, or `null`. A mark that can't be read is ignored. */
export async function readEndedMark(login: MarkedLogin): Promise<number | null> {
  const path = endedMarkPath(login.credentialsPath)
  try {
    const bytes = await readOwnFile(path, SECRET)
    if (bytes === null) return null
    const { ended_at: endedAt, login: digest } = parseJsonFile(path, bytes)
    if (typeof endedAt !== 'number' || !(endedAt >= 0) || digest !== (await digestOfLogin(login))) return null
    // The clock may have been set back since.
    return Math.min(Math.floor(endedAt), Math.floor(Date.now() / 1000))
  } catch {
    return null
  }
}

async function digestOfLogin({ tokens, binding }: MarkedLogin): Promise<string> {
  return digestOf(JSON.stringify([binding, tokens.refreshToken, tokens.accessToken]))
}
