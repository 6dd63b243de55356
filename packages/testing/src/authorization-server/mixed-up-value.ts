import { isPastedText, readPastedCode } from '../explanations/pasted-code.ts'
import type { Explanation } from '../explanations/refusal.ts'
import { explainPlaceholder, withoutSlips } from '../explanations/slip.ts'
import { explainWrongCredential, type CredentialPlace } from '../explanations/wrong-credential.ts'
import { identify } from './known-value.ts'
import type { ServerState } from './server-state.ts'

/** Shorter parts say nothing about the whole value. */
const MIN_PART_LENGTH = 8

/**
 * Explains a value that stands in the wrong place, or was changed on its way; `undefined` for a value that the emulator
 * doesn't know.
 *
 * @param place - the parameter or header that it was sent in
 */
export function explainMixUp(place: CredentialPlace, sent: string, state: ServerState): string | undefined {
  const placeholder = explainPlaceholder(sent)
  if (placeholder !== null) return placeholder
  const { value, sentences } = withoutSlips(sent)
  const known = identify(sent, state) ?? identify(value, state)
  if (known === null) return undefined
  const slips = identify(sent, state) === null ? sentences : []
  const kind = explainWrongCredential(known, place)
  const explanation = kind === null ? slips : [...slips, kind]
  return explanation.length === 0 ? undefined : explanation.join(' ')
}

/** Explains a code that this emulator has not issued. */
export function explainUnknownCode(sent: string, state: ServerState): Explanation {
  const { value, sentences } = readPastedCode(sent)
  const mismatch = { name: 'code', sent, expected: [value] }
  if (state.codes.find(value) !== undefined) return { text: sentences.join(' '), mismatch }
  const whole = sent.length < MIN_PART_LENGTH ? undefined : state.codes.findByBeginning(sent)
  if (whole !== undefined) return { mismatch: { name: 'code', sent, expected: [whole] } }
  const text = isPastedText(sent) ? sentences.join(' ') : explainMixUp('code', sent, state)
  return { text: text ?? 'This emulator has not issued the code. It forgets all codes when it ends.' }
}

/** Explains a state that doesn't belong to the code's login. */
export function explainForeignState(sent: string, state: ServerState): string | undefined {
  const login = state.logins.find(sent)
  if (login === null) return explainMixUp('state', sent, state)
  return `This is the state of login ${login}: the program has mixed up two logins.`
}

/** Explains a code verifier that doesn't match, where the rest of the server's memory says why. */
export function explainForeignVerifier(verifier: string, state: ServerState): string | undefined {
  const other = state.codes.findByVerifier(verifier)
  if (other === undefined) return explainMixUp('code_verifier', verifier, state)
  const login = state.logins.ofState(other.request.state)
  return `This is the verifier of login ${login}: the program has mixed up two logins.`
}
