const DURATION = /^(\d+(?:\.\d{1,3})?)(s|m|h|d)?$/
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * Reads a duration such as `90`, `90s`, `10m` or `2h`.
 *
 * @returns seconds, or `null` when the text is not a duration
 */
export function readDuration(text: string): number | null {
  const [, amount, unit = 's'] = DURATION.exec(text.trim()) ?? []
  return amount === undefined ? null : Number(amount) * (SECONDS[unit] ?? 1)
}
