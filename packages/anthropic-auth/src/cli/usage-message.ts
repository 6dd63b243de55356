/** A word as commands, options and choices have it; anything else may be a code or a token in the wrong place. */
const PLAIN = /^-{0,2}[a-z]{1,16}(?:-[a-z]{1,12})*$/
/** The parser names its own options with what they take, as in `--port <port...>`. */
const OWN_OPTION = /^(?:-[A-Za-z], )?--[a-z-]{1,20} <[a-z.]{1,12}>$/

/** What the parser says of wrong arguments, without what may be a secret. */
export function usageMessage(text: string): string {
  return text
    .replace(/(\bbut got \d+): [^]*\./, '$1.')
    .replaceAll(/((?:command|option|argument) )'([^]*?)'(?=$|[\s.])/g, (_all, kind: string, word: string) => {
      const [name = '', value] = word.split('=', 2)
      const isOwn = word.trim() === '' || OWN_OPTION.test(word) || (value === undefined && PLAIN.test(word))
      if (isOwn) return `${kind}'${word}'`
      return PLAIN.test(name) && value !== undefined ? `${kind}'${name}'` : `${kind}[hidden]`
    })
    .replaceAll(/sk-ant-[\w-]*/g, '[hidden]')
}
