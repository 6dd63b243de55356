/** A shorter text is contained in too many others to mean one of them. */
const MIN_PART_LENGTH = 4

/**
 * Returns the candidate that a misspelt value resembles most, or `null` if it resembles none. Case and punctuation don't
 * count: `codeVerifier` resembles `code_verifier`.
 */
export function nearest(value: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, rank: unlikeness(lettersOf(value), lettersOf(candidate)) }))
    .filter(({ rank }) => rank < 1)
    .toSorted((one, other) => one.rank - other.rank)
  return ranked[0]?.candidate ?? null
}

function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** From 0 for the same letters to 1 for values that don't resemble each other. */
function unlikeness(one: string, other: string): number {
  if (one === other) return 0
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one]
  const isPart = shorter.length >= MIN_PART_LENGTH && longer.includes(shorter)
  if (isPart) return 1 - shorter.length / longer.length
  const distance = editDistance(one, other)
  return distance <= Math.max(1, Math.floor(shorter.length / 3)) ? distance / longer.length : 1
}

/** The number of characters to insert, delete, replace, or swap with their neighbour. */
function editDistance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= one.length; row += 1) {
    const costs = [row]
    rows.push(costs)
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      costs.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwap ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      )
    }
  }
  return at(one.length, other.length)
}
