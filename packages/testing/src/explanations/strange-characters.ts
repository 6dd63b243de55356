const NAMES: ReadonlyMap<string, string> = new Map([
  [' ', 'a space'],
  ['\n', 'a line break'],
  ['\r', 'a line break'],
  ['\t', 'a tab'],
])

/** Lists the characters of a value that `allowed` doesn't match; `null` when there are none. */
export function strangeCharacters(value: string, allowed: RegExp): string | null {
  const strange = Array.from(value).filter((character) => !allowed.test(character))
  const names = [...new Set(strange.map((character) => NAMES.get(character) ?? character))]
  if (names.length > 5) return `${names.slice(0, 5).join(' ')} and others`
  const last = names.pop()
  if (last === undefined) return null
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}
