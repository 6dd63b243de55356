import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseHelp, type CommandHelp, type HelpItem } from './command-help.ts'
import { table } from './generated-section.ts'

const root = join(import.meta.dirname, '../..')

/** Returns the reference of all commands, from the help texts of the tool. */
export function commandReference(): string {
  const tool = helpOf([])
  const names = (tool.lists['Commands'] ?? []).map(({ term }) => /^[\w-]+/.exec(term)?.[0] ?? '')
  const commands = names.filter((name) => name !== 'help').map((name) => section(name, helpOf([name])))
  return [listOf('Command', tool.lists['Commands']), ...commands].join('\n\n')
}

/** Returns the variables that the tool reads, from its help. */
export function variableReference(): string {
  return listOf('Variable', helpOf([]).lists['Environment'])
}

function section(name: string, { usage, description, lists, examples }: CommandHelp): string {
  const options = lists['Options']?.filter(({ term }) => !term.includes('--help'))
  return [
    `### ${name}`,
    description,
    fenced('text', usage),
    listOf('Argument', lists['Arguments']),
    listOf('Option', options),
    fenced('sh', examples.join('\n')),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function listOf(heading: string, items: readonly HelpItem[] = []): string {
  if (items.length === 0) return ''
  return table(
    [heading, 'What it does'],
    items.map(({ term, description }) => [`\`${term}\``, escapeHtml(description)]),
  )
}

function escapeHtml(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('*', '\\*')
}

function fenced(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``
}

function helpOf(command: readonly string[]): CommandHelp {
  const bin = join(root, 'packages/anthropic-auth/src/bin.ts')
  const args = ['--conditions=@anthropic-auth/source', bin, ...command, '--help']
  return parseHelp(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}
