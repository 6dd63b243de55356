import { styleText } from 'node:util'
import { columns, wrapped } from './text-width.ts'

/** Writes a line to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Writes a line for the user to standard error. */
export function tell(text: string): void {
  process.stderr.write(`${visible(text)}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value))
}

/** Prints rows of a label and a text, the labels in one column. On a terminal, breaks long texts between words. */
export function printRows(rows: readonly (readonly [label: string, text: string])[]): void {
  const indent = Math.max(...rows.map(([label]) => label.length)) + 2
  for (const [label, text] of rows) {
    const lines = wrapped(visible(text), columns() - indent)
    print(styled('bold', label) + ' '.repeat(indent - label.length) + lines.join(`\n${' '.repeat(indent)}`))
  }
}

/** Prints rows in columns, below their names. On a terminal that is too narrow, prints each row as a paragraph. */
export function printTable(names: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = rows.map((row) => row.map(visible))
  const widths = names.map((name, column) =>
    Math.max(name.length, ...table.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  if (Math.max(...table.map((row) => line(row).length)) > columns()) {
    for (const row of table) printParagraph(row)
    return
  }
  print(styled('bold', line(names)))
  for (const row of table) print(line(row))
}

/** The first two cells are a mark and a name. */
function printParagraph([mark = '', name = '', ...cells]: readonly string[]): void {
  print(`${mark.padEnd(1)} ${styled('bold', name)}`)
  for (const cell of cells.filter((text) => text !== '')) {
    for (const line of wrapped(cell, columns() - 4)) print(`    ${line}`)
  }
}

function styled(format: 'bold', text: string): string {
  return styleText(format, text, { stream: process.stdout })
}

/** Names come from servers and files: they must not contain control characters for the terminal. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
}

/** The last second that a `Date` can hold, in every time zone. */
const MAX_SECONDS = 8_639_999_900_000

/** Formats an instant in Unix seconds, relative to now and in local time; `null` = unknown. */
export function instantText(at: number | null): string {
  if (at === null) return 'unknown'
  const instant = localText(new Date(Math.min(at, MAX_SECONDS) * 1000))
  const seconds = at - Date.now() / 1000
  return seconds > 0
    ? `in ${durationText(seconds)} (${instant})`
    : `${durationText(-seconds)} ago (${instant})`
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

/** Formats a number of seconds, such as `2 h 5 min`. */
export function durationText(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  if (minutes < 1) return 'less than a minute'
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)]
  const parts = [
    days > 0 && `${days} d`,
    hours > 0 && `${hours} h`,
    days === 0 && minutes % 60 > 0 && `${minutes % 60} min`,
  ]
  return parts.filter((part) => part !== false).join(' ')
}
