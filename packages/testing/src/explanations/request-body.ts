const FORM_TYPE = 'application/x-www-form-urlencoded'
const FORM = /^[\w.-]+=[^\s{]*$/

/**
 * Explains a body that doesn't match its Content-Type; `undefined` if nothing can be said.
 *
 * @param contentType - without parameters, in lower case
 */
export function explainBody(contentType: string | undefined, body: string): string | undefined {
  const text = body.trim()
  if (text === '') return 'The body is empty.'
  if (contentType === 'application/json') return explainBrokenJson(text)
  if (contentType === undefined) return `The request has no Content-Type. ${typeFor(text)}`
  if (contentType === 'multipart/form-data') {
    return 'In JavaScript, send a URLSearchParams in place of a FormData, which makes multipart/form-data.'
  }
  return `The Content-Type is ${contentType}. ${typeFor(text)}`
}

/** Explains a JSON body that is declared as a form; `null` for any other body. */
export function explainJsonBody(form: string): string | null {
  return /^[{["]/.test(form)
    ? 'The body looks like JSON, but its Content-Type says that it is a form. Send the Content-Type `application/json`.'
    : null
}

function typeFor(text: string): string {
  if (FORM.test(text)) return `The body looks like a form: send the Content-Type \`${FORM_TYPE}\`.`
  return text.startsWith('{')
    ? 'The body looks like JSON: send the Content-Type `application/json`.'
    : 'Send a JSON object with the Content-Type `application/json`.'
}

function explainBrokenJson(text: string): string | undefined {
  if (FORM.test(text)) {
    return `The body looks like a form, but its Content-Type says that it is JSON. Send JSON, or the Content-Type \`${FORM_TYPE}\`.`
  }
  if (text.startsWith('[object')) {
    return 'The program sent the text of an object. In JavaScript, send JSON.stringify(object).'
  }
  if (text.startsWith('"')) return 'The body is a JSON string. Usually the program has made JSON of it twice.'
  if (text.startsWith('[')) return 'The body is a JSON array. Send an object.'
  return text.startsWith("{'") ? 'JSON has double quotes, not single ones.' : undefined
}
