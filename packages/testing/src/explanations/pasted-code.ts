import { withoutSlips, type CleanedValue } from './slip.ts'

const HASH = 'Send the part before # as `code`, and the part after it as `state`.'
const REDIRECT =
  'This is the redirect URL, or its query. Send its parameter `code` as `code`, and its parameter `state` as `state`.'

/** Finds the authorization code in what a program sent as the code: often the whole text that the user pasted. */
export function readPastedCode(sent: string): CleanedValue {
  const { value, sentences } = withoutSlips(sent)
  const inQuery = /(?:^|[?&])code=([^&#]*)/.exec(value)?.[1]
  if (inQuery !== undefined) return { value: inQuery, sentences: [REDIRECT] }
  const [code = ''] = value.split('#')
  return { value: code, sentences: code === value ? sentences : [...sentences, HASH] }
}

/** Whether the value is a code with something else, such as its state. */
export function isPastedText(sent: string): boolean {
  return [HASH, REDIRECT].some((sentence) => readPastedCode(sent).sentences.includes(sentence))
}
