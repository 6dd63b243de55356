import { isProfileName } from '@anthropic-auth/profile-store/internal'
import { InvalidArgumentError } from 'commander'
import { readDuration } from './duration.ts'
import { type Shell, SHELLS } from './shell-assignments.ts'

/** The official SDKs have no limit, but a name is part of paths and appears in tables. */
const MAX_PROFILE_NAME = 64

/** Refuses an empty value: an unset variable in a script must not select the default. */
export function readText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('must not be empty')
  return text
}

export function readProfileName(text: string): string {
  if (readText(text).startsWith('-')) throw new InvalidArgumentError('must not start with "-"')
  if (/^\.{1,2}$/.test(text)) throw new InvalidArgumentError('must not be "." or ".."')
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

/** Returns seconds. */
export function readPositiveDuration(text: string): number {
  const seconds = readDurationOption(text)
  if (seconds > 0) return seconds
  throw new InvalidArgumentError('must be greater than 0')
}

/** No access token lives this long. With more, each call would refresh the token. */
const MAX_MIN_TTL = 30 * 86_400

/** Returns seconds. */
export function readMinTtl(text: string): number {
  const seconds = readDurationOption(text)
  if (seconds <= MAX_MIN_TTL) return seconds
  throw new InvalidArgumentError('must be 30d or less')
}
