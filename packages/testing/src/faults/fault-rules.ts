import type { Fault } from './fault.ts'

type Rule = (value: unknown) => boolean

const isString: Rule = (value) => typeof value === 'string'
const isStrings: Rule = (value) => Array.isArray(value) && value.every(isString)
const isHeader: Rule = (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)
const isRetryAfter: Rule = (value) => isHeader(value) || isInteger(value, 0, Number.MAX_SAFE_INTEGER)
const isTimeMs: Rule = (value) => isInteger(value, 0, 2 ** 31 - 1)
const isByteCount: Rule = (value) => isInteger(value, 64, Number.MAX_SAFE_INTEGER)

/** The rule for each member of a fault. Optional members may be `undefined`. */
const RULES: { readonly [T in Fault['type']]: Readonly<Record<string, Rule>> } = {
  delay: { ms: isTimeMs },
  drip: { intervalMs: isTimeMs },
  reset_before: {},
  reset_after: {},
  no_answer: {},
  redirect: { 'status?': (value) => [301, 302, 303, 307, 308].includes(Number(value)), location: isHeader },
  rate_limit: { 'retryAfter?': isRetryAfter },
  server_error: { 'status?': (value) => isInteger(value, 500, 599), 'retryAfter?': isRetryAfter },
  html: { status: (value) => isInteger(value, 200, 599) },
  oversize: { bytes: isByteCount },
  gzip_bomb: { bytes: isByteCount },
  body: { 'status?': (value) => isInteger(value, 200, 599), 'contentType?': isHeader, body: isString },
  changed_answer: { 'merge?': (value) => typeof value === 'object' && value !== null, 'omit?': isStrings },
  dropped_scope: { scopes: isStrings },
  no_rotation: {},
  other_organization: { 'id?': isString, 'name?': isString },
  other_workspace: { 'id?': isString, 'name?': isString },
  verification_required: {
    'adminRequired?': (value) => typeof value === 'boolean',
    'remediationUrl?': isString,
  },
  subscription_refused: { 'wording?': (value) => value === 'claude_code_only' || value === 'extra_usage' },
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}

/**
 * Refuses a misspelled fault when it is set, instead of when a request comes.
 *
 * @throws TypeError when the type is unknown, or a member is missing or malformed
 */
export function assertFault(fault: unknown): asserts fault is Fault {
  const members: Readonly<Record<string, unknown>> = typeof fault === 'object' ? { ...fault } : {}
  const { type } = members
  if (!isFaultType(type)) {
    throw new TypeError(`The type of a fault must be one of ${Object.keys(RULES).join(', ')}`)
  }
  for (const [key, rule] of Object.entries(RULES[type])) {
    const name = key.replace('?', '')
    const isAbsent = members[name] === undefined
    if (isAbsent ? name === key : !rule(members[name])) {
      throw new TypeError(`The fault ${type} has a missing or malformed member ${name}`)
    }
  }
}

function isFaultType(type: unknown): type is Fault['type'] {
  return typeof type === 'string' && Object.hasOwn(RULES, type)
}
