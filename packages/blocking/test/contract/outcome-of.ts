import { AnthropicAuthError, isAnthropicAuthError, TokenSet } from '@anthropic-auth/core'

/** How a case ended, with everything that a caller sees. Random values and times are replaced by words. */
export interface CaseOutcome {
  readonly ends: string
  readonly details: unknown
}

export async function outcomeOf(run: () => unknown): Promise<CaseOutcome> {
  try {
    return { ends: 'ok', details: described(await run()) }
  } catch (error) {
    return { ends: endOf(error), details: describedError(error) }
  }
}

function endOf(error: unknown): string {
  if (isAnthropicAuthError(error)) return error.code
  return error instanceof Error ? error.name : 'no error'
}

function describedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, cause } = error
  const isOwn = error instanceof AnthropicAuthError
  return {
    name,
    message,
    cause,
    isOwn,
    isTypeError: error instanceof TypeError,
    fields: described({ ...error }),
  }
}

/** Replaces the random parts of a value by words. */
export function described(value: unknown): unknown {
  if (value instanceof TokenSet) {
    return { TokenSet: described(value.toJSON()), frozen: Object.isFrozen(value) }
  }
  if (typeof value === 'string') return describedText(value)
  if (typeof value === 'number') return value > 1_000_000_000 ? 'an instant' : value
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, described(member)])
  return {
    ...(Object.fromEntries(members) as object),
    frozen: Object.isFrozen(value),
    list: Array.isArray(value),
  }
}

function describedText(text: string): string {
  return text
    .replace(/(sk-ant-[a-z]+\d+-)[\w-]{20,}/g, '$1…')
    .replace(/\breq_[\w-]+/g, 'req_…')
    .replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, '43 random characters')
}
