import stringWidth from 'fast-string-width'
import { unicodePattern } from '@anthropic-auth/core/internal'
import { columns, wrapped } from '../terminal/wrapped-text.ts'
import { writeOutput } from './standard-output.ts'

/** Writes a line to standard output. */
export function print(text: string): void {
  writeOutput(`${text}\n`)
}

/** Writes a text for the user to standard error. On a terminal, breaks it between words. */
export function tell(text: string): void {
  tellLine(visible(text))
}

/** Writes a text that may have colors to standard error. On a terminal, breaks it between words. */
export function tellLine(text: string): void {
  process.stderr.write(`${wrapped(text, columns(process.stderr), stringWidth).join('\n')}\n`)
}

/** Writes JSON in one line. Characters that could steer the terminal are escaped. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(value)
  print(PRINTABLE_ASCII.test(json) ? json : json.replaceAll(invisible(), escaped))
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('')
}

/** Names come from servers and files: they must not contain control characters for the terminal. */
export function visible(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replaceAll(invisible(), '')
}

const PRINTABLE_ASCII = /^[ -~]*$/
const invisible = unicodePattern(String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]`, 'g')

/** The last second that a `Date` can hold, in every time zone. */
const MAX_SECONDS = 8_639_999_900_000

/** Formats an instant in Unix seconds, relative to now and in local time; `null` = unknown. */
export function instantText(at: number | null): string {
  if (at === null) return 'unknown'
  const instant = momentText(at)
  const seconds = at - Date.now() / 1000
  return seconds > 0
    ? `in ${durationText(seconds)} (${instant})`
    : `${durationText(-seconds)} ago (${instant})`
}

/** Formats an instant in Unix seconds in local time. */
export function momentText(at: number): string {
  return localText(new Date(Math.min(at, MAX_SECONDS) * 1000))
}

/** Formats an instant as `2026-11-26 12:52 UTC+01:00`. */
function localText(date: Date): string {
  const offset = -date.getTimezoneOffset()
  const local = new Date(date.getTime() + offset * 60_000).toISOString()
  const zone = offset === 0 ? '' : `${offset < 0 ? '-' : '+'}${clockText(Math.abs(offset))}`
  return `${local.replace(/T(\d\d:\d\d).*/, ' $1')} UTC${zone}`
}

function clockText(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((one) => String(one).padStart(2, '0')).join(':')
}

/** A name with its id, or the id alone. */
export function namedText(one: { readonly id: string; readonly name: string | null } | null): string {
  if (one === null) return 'unknown'
  return one.name === null ? one.id : `${one.name} (${one.id})`
}

/** Formats a number of seconds, such as `2 h 5 min`, or as `23 d` from ten days on. */
export function durationText(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  if (minutes >= 10 * 1440) return `${Math.round(minutes / 1440)} d`
  if (minutes < 1) return 'less than a minute'
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)]
  const parts = [
    days > 0 && `${days} d`,
    hours > 0 && `${hours} h`,
    days === 0 && minutes % 60 > 0 && `${minutes % 60} min`,
  ]
  return parts.filter((part) => part !== false).join(' ')
}
