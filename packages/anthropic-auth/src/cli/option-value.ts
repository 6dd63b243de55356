import type { OAuthMode } from '@anthropic-auth/core'
import { isProfileName } from '@anthropic-auth/profile-store/internal'
import { InvalidArgumentError } from 'commander'
import { readDuration } from './duration.ts'
import { type Shell, SHELLS } from './token-shells.ts'

/** The official SDKs have no limit, but a name is part of paths and appears in tables. */
const MAX_PROFILE_NAME = 64

/** Refuses an empty value: an unset variable in a script must not select the default. */
export function readText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('must not be empty')
  if (text.startsWith('-')) throw new InvalidArgumentError('must not start with "-"')
  return text
}

export function readProfileName(text: string): string {
  if (/^\.{1,2}$/.test(readText(text))) throw new InvalidArgumentError('must not be "." or ".."')
  if (!isProfileName(text)) {
    throw new InvalidArgumentError('must contain only the letters a-z and A-Z, digits, ".", "_" and "-"')
  }
  return text
}

/** Limits the name of a new profile. One that exists can be used and removed whatever its length. */
export function readNewProfileName(text: string): string {
  if (readProfileName(text).length <= MAX_PROFILE_NAME) return text
  throw new InvalidArgumentError(`must not be longer than ${MAX_PROFILE_NAME} characters`)
}

/** Accepts the names of the shells that read the same commands as `sh`. */
export function readShell(text: string): Shell {
  const shell = text === 'bash' || text === 'zsh' ? 'sh' : SHELLS.find((one) => one === text)
  if (shell !== undefined) return shell
  throw new InvalidArgumentError('must be one of sh, bash, zsh, fish, powershell, dotenv')
}

/** The words for the two modes in other tools are many, so the error says which one to use. */
export function readMode(text: string): OAuthMode {
  const mode = MODES.find((one) => one === text)
  if (mode !== undefined) return mode
  throw new InvalidArgumentError(
    'must be console or max\nUse --mode max for a Claude subscription, such as Pro or Max, and --mode console for API keys and the API.',
  )
}

export const MODES: readonly OAuthMode[] = ['console', 'max']

export function readPort(text: string, previous: readonly number[] = []): readonly number[] {
  const port = Number(text)
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('must be between 0 and 65535')
  }
  return [...previous, port]
}

export function readScopes(text: string, previous: readonly string[] = []): readonly string[] {
  return [
    ...previous,
    ...readText(text)
      .split(/[\s,]+/)
      .filter((scope) => scope !== ''),
  ]
}

/** Returns seconds. */
function readDurationOption(text: string): number {
  const seconds = readDuration(text)
  if (seconds !== null) return seconds
  throw new InvalidArgumentError('must be a duration, such as 90, 90s, 10m or 2h')
}

/** A link that was not used for this long is forgotten. */
const MAX_TIMEOUT = 86_400

/** Returns seconds. */
export function readTimeout(text: string): number {
  const seconds = readDurationOption(text)
  if (seconds >= 1 && seconds <= MAX_TIMEOUT) return seconds
  throw new InvalidArgumentError('must be between 1s and 24h')
}

/** No access token lives this long. With more, each call would refresh the token. */
const MAX_MIN_TTL = 30 * 86_400

/** Returns seconds. */
export function readMinTtl(text: string): number {
  const seconds = readDurationOption(text)
  if (seconds <= MAX_MIN_TTL) return seconds
  throw new InvalidArgumentError('must be 30d or less')
}
