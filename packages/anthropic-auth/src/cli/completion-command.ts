import type { Command, Option } from 'commander'
import { type CompletedCommand, type CompletedOption, COMPLETION_SCRIPTS } from './completion-scripts.ts'
import type { CompletionShell } from './completion-shells.ts'
import { print } from './output.ts'

/** `anthropic-auth completion` */
export function runCompletion(shell: CompletionShell, program: Command): void {
  print(
    COMPLETION_SCRIPTS[shell](
      commandsOf(program),
      program.createHelp().visibleOptions(program).map(optionOf),
    ),
  )
}

function commandsOf(program: Command): readonly CompletedCommand[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => {
      const [argument] = command.registeredArguments
      return {
        name: command.name(),
        summary: command.summary() || command.description(),
        options: command.createHelp().visibleOptions(command).map(optionOf),
        argument: argument === undefined ? null : kindOf(argument.name()),
        choices: argument?.argChoices ?? [],
      }
    })
}

function kindOf(argument: string): 'profile' | 'program' | 'other' {
  return argument === 'profile' || argument === 'program' ? argument : 'other'
}

function optionOf({ long, description, required, argChoices }: Option): CompletedOption {
  return {
    long: long ?? '',
    description,
    takesValue: required,
    isProfile: long === '--profile',
    choices: argChoices ?? [],
  }
}
