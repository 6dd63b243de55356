import { similarCommandText } from './similar-command.ts'

const INVALID_OPTION =
  /^error: option '(?:-\w, )?--(?<name>[a-z-]+)[^']*' argument '(?<value>[^]*)' is invalid\. (?<problem>[^]*?)(?<end>\n[^]*)?$/
const INVALID_ARGUMENT =
  /^error: command-argument value '(?<value>[^]*)' is invalid for argument '(?<name>[a-z-]+)'\. (?<problem>[^]*?)(?<end>\n[^]*)?$/
/** A word like the name of a command, option or choice. Any other text may be a code or token in the wrong place. */
const PLAIN = /^-{0,2}[a-z]{1,16}(?:-[a-z]{1,12})*$/
/** No authorization code, token or key is this short. */
const SHORT = /^[\w.,:+/% -]{0,12}$/
/** The parser names its own options with their arguments, as in `--port <port...>`. */
const OWN_OPTION = /^(?:-[A-Za-z], )?--[a-z-]{1,20}(?: [<[][a-z.]{1,12}[>\]])?$/

/** A flag that was given a value, as in `--json=1`: the parser suggests the same flag. */
const FLAG_WITH_VALUE = /^(error: )unknown option '(?<flag>--[a-z-]+)=[^]*\(Did you mean \k<flag>\?\)/

/** Rewrites the parser's message about wrong arguments. Hides what may be a secret. */
export function usageMessage(message: string, args: readonly string[]): string {
  const text = message.replace(FLAG_WITH_VALUE, "$1option '$2' takes no value")
  const match = INVALID_OPTION.exec(text) ?? INVALID_ARGUMENT.exec(text)
  const { name, value, problem, end = '' } = match?.groups ?? {}
  if (name === undefined || value === undefined || problem === undefined) {
    // The parser's own suggestion depends on the spelling alone.
    const similar = similarCommandText(text, args)
    return similar === '' ? withoutSecrets(text) : withoutSecrets(text).replace(/\n[^]*|$/, `${similar}\n`)
  }
  const label = name.includes('-') ? `--${name}` : name
  return `Error: Invalid ${label} ${shown(value)}: ${sentence(problem)}${end}`
}

/** The parser's own words for a choice begin with a capital letter and end with a full stop. */
function sentence(problem: string): string {
  const text = problem.replace(/^Allowed choices are /, 'must be one of ')
  return text.endsWith('.') ? text : `${text}.`
}

function shown(value: string): string {
  return SHORT.test(value) && !value.includes('sk-ant') ? `'${value}'` : '[hidden]'
}

function withoutSecrets(text: string): string {
  return text
    .replace(/^error: /, 'Error: ')
    .replace(/^(Error: option '[^']*') argument missing/, '$1 needs a value')
    .replace(/(\bbut got \d+): [^]*\./, '$1.')
    .replaceAll(/((?:command|option|argument) )'([^]*?)'(?=$|[\s.])/g, (_all, kind: string, word: string) => {
      const [name = '', value] = word.split('=', 2)
      const isOwn = word.trim() === '' || OWN_OPTION.test(word) || (value === undefined && PLAIN.test(word))
      if (isOwn) return `${kind}'${word}'`
      return PLAIN.test(name) && value !== undefined ? `${kind}'${name}'` : `${kind}[hidden]`
    })
    .replaceAll(/sk-ant-[\w-]*/g, '[hidden]')
}
