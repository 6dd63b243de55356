import { unicodePattern } from '../syntax/unicode-pattern.ts'

const REDACTED = '[redacted]'
const MAX_LENGTH = 500
/** Runs of this many characters of a secret are redacted, wherever they appear. */
const RUN_LENGTH = 8
/** Shorter texts are not secret, and redacting them would damage ordinary words. */
const MIN_LENGTH = 4
/** The rest of a text is ignored, so that redaction stays cheap whatever a server sends. */
const MAX_READ = 4 * MAX_LENGTH

const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
/** Control, format (bidi, zero-width), lone surrogate, private-use and other invisible characters. */
const invisible = unicodePattern(String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]`, 'g')
const ANTHROPIC_TOKEN = /sk-ant-[\w-]*/gi

/**
 * Makes a text from the network safe for an error: removes control and bidi characters, each run of 8 characters of one
 * of `secrets`, and anything like `sk-ant-…`, and cuts it to 500 characters.
 */
export function sanitizeServerText(text: string, secrets: readonly string[]): string {
  const visible = text.slice(0, MAX_READ).replace(LINE_BREAKS, ' ').replace(invisible(), '')
  const redacted = redactRuns(visible.replace(ANTHROPIC_TOKEN, REDACTED), secrets)
  // The cut may have split a character in two.
  return redacted.slice(0, MAX_LENGTH).replace(invisible(), '').trim()
}

/**
 * Whether one of `texts` contains 8 consecutive characters of one of `secrets`, or something like `sk-ant-…`. Ignores
 * case, since host names are lowercased.
 */
export function containSecret(texts: readonly string[], secrets: readonly string[]): boolean {
  const runs = new Set(secrets.flatMap((secret) => runsOf(secret.toLowerCase())))
  return texts.some((text) => text.search(ANTHROPIC_TOKEN) !== -1 || hasRun(text.toLowerCase(), runs))
}

function hasRun(text: string, runs: ReadonlySet<string>): boolean {
  const lengths = lengthsOf(runs)
  for (let index = 0; index < text.length; index++) {
    if (lengths.some((length) => runs.has(text.slice(index, index + length)))) return true
  }
  return false
}

/** Redacts each run of 8 characters of a secret, and shorter secrets as a whole, in linear time. */
function redactRuns(text: string, secrets: readonly string[]): string {
  const runs = new Set(secrets.flatMap(runsOf))
  const lengths = lengthsOf(runs)
  let result = ''
  let hiddenUntil = 0
  for (let index = 0; index < text.length; index++) {
    const length = Math.max(0, ...lengths.filter((each) => runs.has(text.slice(index, index + each))))
    if (length > 0 && index >= hiddenUntil) result += REDACTED
    hiddenUntil = Math.max(hiddenUntil, index + length)
    if (index >= hiddenUntil) result += text.charAt(index)
  }
  return result
}

function runsOf(secret: string): readonly string[] {
  if (secret.length < MIN_LENGTH) return []
  return Array.from({ length: Math.max(1, secret.length - RUN_LENGTH + 1) }, (_, start) =>
    secret.slice(start, start + RUN_LENGTH),
  )
}

function lengthsOf(runs: ReadonlySet<string>): readonly number[] {
  return [...new Set(Array.from(runs, (run) => run.length))]
}
