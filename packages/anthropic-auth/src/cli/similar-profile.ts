/** Returns the existing profile that a user may have meant by an unknown name, or `null`. */
export function similarProfile(name: string, existing: readonly string[]): string | null {
  const begins = existing.filter((one) => name.length >= MIN_BEGIN && lower(one).startsWith(lower(name)))
  if (begins.length === 1) return begins[0] ?? null
  const near = existing
    .map((one) => ({ one, edits: editsBetween(lower(name), lower(one)) }))
    .filter(({ one, edits }) => edits <= Math.max(one.length, name.length) / 3)
    .toSorted((first, second) => first.edits - second.edits)
  return near[0]?.one ?? null
}

/** A shorter beginning says too little. */
const MIN_BEGIN = 3

function lower(text: string): string {
  return text.toLowerCase()
}

/** Counts the letters to add, remove, replace or swap with the next one, which makes one text the other. */
function editsBetween(from: string, to: string): number {
  let [beforeLast, last]: [number[], number[]] = [
    [],
    Array.from({ length: to.length + 1 }, (_, index) => index),
  ]
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[beforeLast, last] = [last, current]
  }
  return last[to.length] ?? 0
}
