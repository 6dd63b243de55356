import { Command, type Option, type ParseOptionsResult } from 'commander'

/**
 * A command that refuses a forgotten value and a value given twice. The parser takes the word after an option as its
 * value whatever it is: `logout --profile --all` would log out of a profile named `--all`.
 */
export class StrictCommand extends Command {
  #passesThrough = false

  override createCommand(name?: string): StrictCommand {
    return new StrictCommand(name)
  }

  override passThroughOptions(passThrough = true): this {
    this.#passesThrough = passThrough
    return super.passThroughOptions(passThrough)
  }

  override parseOptions(args: string[]): ParseOptionsResult {
    this.#assertValues(args)
    return super.parseOptions(args)
  }

  #assertValues(args: readonly string[]): void {
    const seen = new Set<Option>()
    for (let index = 0; index < args.length; index += 1) {
      const arg = args[index] ?? ''
      if (arg === '--' || (this.#passesThrough && !arg.startsWith('-'))) return
      const option = this.options.find((one) => one.required && isFor(arg, one))
      if (option === undefined) continue
      if (seen.has(option) && !option.variadic) this.error(`error: option '${option.flags}' is given twice`)
      seen.add(option)
      if (arg.includes('=')) continue
      const next = args[index + 1]
      if (next !== undefined && isOption(next)) {
        this.error(`error: option '${option.flags}' argument missing before '${next}'`)
      }
      index += 1
    }
  }
}

/** A negative number is a value, so that the error names it. */
function isOption(word: string): boolean {
  return word.startsWith('-') && !/^-\.?\d/.test(word)
}

function isFor(arg: string, { long }: Option): boolean {
  return arg === long || arg.startsWith(`${long}=`)
}
