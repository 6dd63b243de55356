/**
 * Returns a function that compiles a pattern with Unicode properties at its first call. An engine needs about a
 * millisecond to read the tables of such a pattern, and reads them when it parses a literal, even one that is never used.
 */
export function unicodePattern(source: string, flags: string = ''): () => RegExp {
  let pattern: RegExp | undefined
  return () => (pattern ??= new RegExp(source, `${flags}u`))
}
