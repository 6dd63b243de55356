/** Writes a line to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Writes a line for the person to standard error. */
export function tell(text: string): void {
  process.stderr.write(`${visible(text)}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value))
}

/** Rows of a label and what it says, the labels in one column. */
export function printRows(rows: readonly (readonly [label: string, text: string])[]): void {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  for (const [label, text] of rows) print(label.padEnd(width) + visible(text))
}

/** Prints rows in columns, below their names. */
export function printTable(names: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = [names, ...rows.map((row) => row.map(visible))]
  const widths = names.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  for (const row of table) {
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}

/** Names come from servers and files: what they hold must not steer a terminal. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
}

/** The last second that a `Date` can tell. */
const MAX_SECONDS = 8_640_000_000_000

/** Formats an instant in Unix seconds, relative to now and as UTC; `null` = unknown. */
export function instantText(at: number | null): string {
  if (at === null) return 'unknown'
  const date = new Date(Math.min(at, MAX_SECONDS) * 1000)
  const instant = `${date.toISOString().replace(/T(\d\d:\d\d).*/, ' $1')} UTC`
  const seconds = at - Date.now() / 1000
  return seconds > 0
    ? `in ${durationText(seconds)} (${instant})`
    : `${durationText(-seconds)} ago (${instant})`
}

/** A name with its id, or whichever there is. */
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
