const SEPARATORS = /[,;|+]|%20|%2B/i

/** Explains a list of scopes that are not separated by spaces; `null` when that is not the mistake. */
export function explainSeparator(scope: string, isKnown: (scope: string) => boolean): string | null {
  const separator = SEPARATORS.exec(scope)?.[0]
  if (separator === undefined) return null
  const names = scope.split(separator).map((name) => name.trim())
  if (!names.some((name) => isKnown(name))) return null
  return `The scopes are separated by ${separator}. Separate them by spaces.`
}
