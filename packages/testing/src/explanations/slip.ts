/** A slip in how a program passes on a value: what it does to the value, in words, and the value without it. */
interface Slip {
  readonly sentence: string
  readonly undo: (value: string) => string
}

/** A value without the slips of its program. */
export interface CleanedValue {
  readonly value: string
  /** One sentence for each slip; empty when there was none. */
  readonly sentences: readonly string[]
}

const SLIPS: readonly Slip[] = [
  {
    sentence: 'It has spaces or line breaks in it: remove them.',
    undo: (value) => value.replaceAll(/\s+/g, ''),
  },
  {
    sentence: 'It has quotes around it: remove them.',
    undo: (value) => value.replace(/^(["'`])(.*)\1$/, '$2'),
  },
  { sentence: 'It is URL-encoded: decode it first.', undo: decoded },
  {
    sentence: 'It begins with the word Bearer: leave it out.',
    undo: (value) => value.replace(/^Bearer/i, ''),
  },
]

/** The texts that JavaScript and Python make from a missing value. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  'NaN',
  'None',
  'true',
  'false',
  '[object Object]',
  '[object Promise]',
])

/** Undoes each slip in its order. */
export function withoutSlips(sent: string, slips: readonly Slip[] = SLIPS): CleanedValue {
  return slips.reduce<CleanedValue>(
    ({ value, sentences }, { sentence, undo }) => {
      const undone = undo(value)
      return { value: undone, sentences: undone === value ? sentences : [...sentences, sentence] }
    },
    { value: sent, sentences: [] },
  )
}

/** Explains a value that differs from an accepted one by slips only; `null` for any other value. */
export function explainSlip(sent: string, isAccepted: (value: string) => boolean): string | null {
  const { value, sentences } = withoutSlips(sent)
  return sentences.length > 0 && isAccepted(value) ? sentences.join(' ') : null
}

/** Explains a text that stands for no value; `null` for any other text. */
export function explainPlaceholder(sent: string): string | null {
  if (sent.trim() === '') return 'The value is empty.'
  return PLACEHOLDERS.has(sent)
    ? `The program sent the text ${sent}: its variable holds no string, such as one that was not set or not awaited.`
    : null
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
