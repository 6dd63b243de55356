import { styleText } from 'node:util'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { shown } from './mask.ts'

const WIDTH = 80
type Style = Parameters<typeof styleText>[0]

/** Uses colors only if the output is a terminal and NO_COLOR is not set. */
const style = (format: Style, text: string): string => styleText(format, text, { stream: process.stdout })
const print = (text = ''): void => void process.stdout.write(`${text}\n`)

let step = 0

/** Prints the texts of the demo, 80 columns wide. */
export const narration = {
  title(text: string): void {
    print(style('bold', text))
    print('='.repeat(text.length))
  },

  step(text: string): void {
    step += 1
    print(`\n${style(['bold', 'cyan'], `${step}. ${text}`)}`)
  },

  text(text: string): void {
    for (const line of wrap(text, WIDTH - 3)) print(`   ${line}`)
  },

  /** Prints a line of another program unchanged. */
  output(line: string): void {
    print(`   ${line}`.trimEnd())
  },

  /** Prints one line for each member, with secrets masked. */
  members(object: Readonly<Record<string, unknown>>, mark: '>' | '<' | ' ' = ' '): void {
    const members = flatten(object)
    const width = Math.max(...Object.keys(members).map((name) => name.length))
    for (const [name, value] of Object.entries(members)) {
      const [first = '', ...rest] = wrap(shown(name, value), WIDTH - 8 - width)
      print(`   ${style('dim', mark)} ${name.padEnd(width)}  ${first}`)
      for (const line of rest) print(`   ${style('dim', mark)} ${' '.repeat(width)}  ${line}`)
    }
  },

  line(text: string, mark: '>' | '<' | ' ' = ' '): void {
    for (const line of wrap(text, WIDTH - 5)) print(`   ${style('dim', mark)} ${style('bold', line)}`)
  },

  success(text: string): void {
    const [first = '', ...rest] = wrap(text, WIDTH - 5)
    print(`   ${style('green', '✓')} ${first}`)
    for (const line of rest) print(`     ${line}`)
  },

  summary(lines: readonly string[]): void {
    print(`\n${style(['bold', 'green'], 'Done.')}`)
    for (const line of lines) print(`   ${style('green', '✓')} ${line}`)
  },

  failure(error: unknown): void {
    if (!isAnthropicAuthError(error)) {
      process.stderr.write(
        `\n${style('red', 'The demo failed.')}\n${error instanceof Error ? error.stack : String(error)}\n`,
      )
      return
    }
    process.stderr.write(`\n${style('red', error.code)}: ${error.message}\n${error.hint ?? ''}\n`)
  },
}

/** Gives nested members dotted names. */
function flatten(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(members).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([inner, each]: [string, unknown]) => [`${name}.${inner}`, each] as const)
      : [[name, value] as const],
  )
  return Object.fromEntries(entries)
}

/** Breaks a text into lines of at most `width` characters, at spaces or inside a word that is longer than a line. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text
    .split(' ')
    .flatMap((each) => each.match(new RegExp(`.{1,${width}}`, 'g')) ?? [''])) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}
