import { isProfileName } from '@anthropic-auth/profile-store/internal'
import { InvalidArgumentError } from 'commander'
import { readDuration } from './duration.ts'

/** Refuses an empty value: an unset variable in a script must not select the default. */
export function readText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('must not be empty')
  return text
}

export function readProfileName(text: string): string {
  if (readText(text).startsWith('-')) throw new InvalidArgumentError('must not start with "-"')
  if (isProfileName(text)) return text
  throw new InvalidArgumentError('must contain only letters, digits, ".", "_" and "-"')
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

/** No access token lives this long. With more, each call would renew the token. */
const MAX_MIN_TTL = 30 * 86_400

/** Returns seconds. */
export function readMinTtl(text: string): number {
  const seconds = readDurationOption(text)
  if (seconds <= MAX_MIN_TTL) return seconds
  throw new InvalidArgumentError('must be 30d or less')
}
