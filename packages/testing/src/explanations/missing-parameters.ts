import { nearest } from './nearest.ts'
import { isPastedText, readPastedCode } from './pasted-code.ts'
import { explainJsonBody } from './request-body.ts'

type Parameters = ReadonlyMap<string, unknown>

const STATE = 'This server wants the `state` in the token request too, unlike RFC 6749.'

/**
 * Lists the required parameters that a request lacks, and points to those that it has under a similar name.
 *
 * @param known - all names that have a meaning, which are not a misspelt other name
 */
export function explainMissing(
  parameters: Parameters,
  required: readonly string[],
  known: readonly string[] = required,
): string {
  const form = [...parameters.keys()].join('&').trim()
  if (form === '') return `There are no parameters. The request needs ${listOf(required)}.`
  const body = explainJsonBody(form)
  if (body !== null) return body
  const lacking = required.filter((name) => !isGiven(parameters.get(name)))
  const missing = lacking.filter((name) => !parameters.has(name))
  const unknown = [...parameters.keys()].filter((name) => !known.includes(name))
  return [
    ...(missing.length === 0 ? [] : [`The request has no ${listOf(missing)}.`]),
    ...lacking.filter((name) => parameters.has(name)).map((name) => malformed(name, parameters.get(name))),
    ...similarNames(unknown, missing),
    ...nestedParameters(parameters, missing),
    ...(missing.includes('state') ? explainState(parameters.get('code')) : []),
  ].join(' ')
}

function explainState(code: unknown): readonly string[] {
  if (typeof code !== 'string') return []
  return isPastedText(code) ? [STATE, ...readPastedCode(code).sentences] : [STATE]
}

function nestedParameters(parameters: Parameters, missing: readonly string[]): readonly string[] {
  const outer = [...parameters].find(
    ([, value]) =>
      typeof value === 'object' && value !== null && missing.some((name) => Object.hasOwn(value, name)),
  )
  return outer === undefined ? [] : [`Send the members of \`${outer[0]}\` at the top level.`]
}

function isGiven(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function malformed(name: string, value: unknown): string {
  if (value === '') return `The \`${name}\` is empty.`
  const type = value === null ? 'null' : `a JSON ${Array.isArray(value) ? 'array' : typeof value}`
  return `The \`${name}\` is ${type}: send a string.`
}

function similarNames(unknown: readonly string[], missing: readonly string[]): readonly string[] {
  return unknown.flatMap((name) => {
    const similar = nearest(name, missing)
    return similar === null ? [] : [`It has \`${name}\`: the right name is \`${similar}\`.`]
  })
}

function listOf(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`
}
