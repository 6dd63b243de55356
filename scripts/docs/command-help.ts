/** A line of a list in a help text: an option, an argument or a command. */
export interface HelpItem {
  readonly term: string
  readonly description: string
}

/** The parsed help text of a command. */
export interface CommandHelp {
  readonly usage: string
  readonly description: string
  /** The lists by their headings, such as `Options`. */
  readonly lists: Readonly<Record<string, readonly HelpItem[]>>
  readonly examples: readonly string[]
}

/** Parses the output of `--help`. */
export function parseHelp(text: string): CommandHelp {
  const [usage = '', description = '', ...blocks] = text.trim().split(/\n{2,}/)
  const lists: Record<string, readonly HelpItem[]> = {}
  let examples: readonly string[] = []
  for (const block of blocks) {
    const [heading = '', ...lines] = block.split('\n')
    if (heading === 'Examples:') examples = commandsOf(lines)
    else if (heading.endsWith(':')) lists[heading.slice(0, -1)] = itemsOf(lines)
  }
  return {
    usage: usage.replace(/^Usage: /, ''),
    description: description.replaceAll('\n', ' '),
    lists,
    examples,
  }
}

/** A description may go on in the next line, which is indented further than any term. */
function itemsOf(lines: readonly string[]): HelpItem[] {
  const items: HelpItem[] = []
  for (const line of lines) {
    const last = items.at(-1)
    if (/^ {2}\S/.test(line) || last === undefined) {
      const [term = '', description = ''] = line.trim().split(/ {2,}/)
      items.push({ term, description })
    } else {
      items[items.length - 1] = { ...last, description: `${last.description} ${line.trim()}` }
    }
  }
  return items
}

/** A line that does not begin with `$` belongs to the command before it. */
function commandsOf(lines: readonly string[]): string[] {
  const commands: string[] = []
  for (const line of lines) {
    const command = /^ {2}\$ (.+)$/.exec(line)?.[1]
    if (command !== undefined) commands.push(command)
    else commands[commands.length - 1] = `${commands.at(-1) ?? ''}\n  ${line.trim()}`
  }
  return commands
}
