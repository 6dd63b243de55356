import type { CompletionShell } from './completion-shells.ts'

/** A command with the words that a shell can complete for it. */
export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** The kind of its argument, if it has one. */
  readonly argument: 'profile' | 'program' | 'other' | null
  /** The possible values of its argument. */
  readonly choices: readonly string[]
}

export interface CompletedOption {
  readonly long: string
  readonly description: string
  readonly takesValue: boolean
  readonly isProfile: boolean
  readonly choices: readonly string[]
}

const PROFILES = 'anthropic-auth list --quiet 2>/dev/null'

type Script = (commands: readonly CompletedCommand[], globals: readonly CompletedOption[]) => string

/** The script of each shell. */
export const COMPLETION_SCRIPTS: Readonly<Record<CompletionShell, Script>> = {
  bash: (
    commands,
    globals,
  ) => `# Completion for bash. To load it, run: eval "$(anthropic-auth completion bash)"
_anthropic_auth() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words=''
  # bash splits --option=value into three words.
  if [[ "$cur" == '=' ]]; then cur=''; elif [[ "$prev" == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  COMPREPLY=()
  local at=1
  while (( at < COMP_CWORD )) && [[ "\${COMP_WORDS[at]}" == -* ]]; do (( at++ )); done
  if (( COMP_CWORD == at )); then
    words='${commands.map(({ name }) => name).join(' ')}'
    if [[ "$cur" == -* ]]; then words='${longNames(globals)}'; fi
  else
    case "\${COMP_WORDS[at]} $prev" in
${commands.flatMap(bashValues).join('\n')}
      *)
        case "\${COMP_WORDS[at]}" in
${commands.map(bashWords).join('\n')}
        esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _anthropic_auth anthropic-auth`,

  zsh: (commands, globals) => `#compdef anthropic-auth
# Completion for zsh. To load it, run: source <(anthropic-auth completion zsh)
# In ~/.zshrc, put that line below the one that runs compinit.
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
_anthropic_auth_profiles() {
  local -a profiles=(\${(f)"$(${PROFILES})"})
  compadd -a profiles
}
_anthropic_auth() {
  # The name 'commands' would hide zsh's own array, which completes the program of 'run'.
  local -a subcommands=(
${commands.map(({ name, summary }) => `    ${zshQuoted(`${name}:${summary}`)}`).join('\n')}
  )
  while (( CURRENT > 2 )) && [[ $words[2] == -* ]]; do
    words[2]=()
    (( CURRENT-- ))
  done
  if (( CURRENT == 2 )); then
    if [[ $PREFIX == -* ]]; then compadd -- ${longNames(globals)}; else _describe command subcommands; fi
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(zshArguments).join('\n')}
  esac
}
compdef _anthropic_auth anthropic-auth`,

  fish: (
    commands,
    globals,
  ) => `# Completion for fish. To load it, run: anthropic-auth completion fish | source
complete -c anthropic-auth -f
${globals.map((option) => `complete -c anthropic-auth -n __fish_use_subcommand ${fishOption(option)}`).join('\n')}
${commands.flatMap(fishLines).join('\n')}`,
}

function bashValues({ name, options, argument, choices }: CompletedCommand): readonly string[] {
  const values = options
    .filter(({ takesValue, choices: words }) => takesValue || words.length > 0)
    .map(({ long, isProfile, choices: words }) => bashCase(`${name} ${long}`, words, isProfile))
  return argument === null || argument === 'program'
    ? values
    : [...values, bashCase(`${name} ${name}`, choices, argument === 'profile')]
}

function bashCase(pattern: string, choices: readonly string[], isProfile: boolean): string {
  return `      '${pattern}') words=${isProfile ? `"$(${PROFILES})"` : `'${choices.join(' ')}'`} ;;`
}

function bashWords({ name, options }: CompletedCommand): string {
  return `          ${name}) words='${longNames(options)}' ;;`
}

function longNames(options: readonly CompletedOption[]): string {
  return options.map(({ long }) => long).join(' ')
}

function zshArguments({ name, options, argument, choices }: CompletedCommand): string {
  const specs = [...options.map(zshOption), ...zshArgument(argument, choices)]
  // With `-S`, words after `--` are not options.
  return `    ${name}) _arguments -S ${specs.map((spec) => zshQuoted(spec)).join(' ')} ;;`
}

function zshOption({ long, description, takesValue, isProfile, choices }: CompletedOption): string {
  const text = `[${description.replaceAll(/[[\]:]/g, String.raw`\$&`)}]`
  if (isProfile) return `${long}=${text}:profile:_anthropic_auth_profiles`
  if (choices.length === 0) return takesValue ? `${long}=${text}:value:_files` : `${long}${text}`
  return `${long}=${text}:${takesValue ? '' : ':'}value:(${choices.join(' ')})`
}

function zshArgument(argument: CompletedCommand['argument'], choices: readonly string[]): readonly string[] {
  if (argument === 'profile') return ['1:profile:_anthropic_auth_profiles']
  if (argument === 'program') return ['(-)1:program:_command_names -e', '*::argument:_normal']
  return argument === null ? [] : [`1:value:(${choices.join(' ')})`]
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function fishLines({ name, summary, options, argument, choices }: CompletedCommand): readonly string[] {
  const seen = `complete -c anthropic-auth -n '__fish_seen_subcommand_from ${name}'`
  return [
    `complete -c anthropic-auth -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}`,
    ...options.map((option) => `${seen} ${fishOption(option)}`),
    ...(argument === 'profile' ? [`${seen} -a '(${PROFILES})'`] : []),
    ...(argument === 'program' ? [`${seen} -F`] : []),
    ...(argument === 'other' ? [`${seen} -a '${choices.join(' ')}'`] : []),
  ]
}

function fishOption({ long, description, takesValue, isProfile, choices }: CompletedOption): string {
  const values = isProfile ? ` -a '(${PROFILES})'` : choices.length > 0 ? ` -a '${choices.join(' ')}'` : ''
  return `-l ${long.slice(2)}${takesValue ? ' -x' : ''}${values} -d ${fishQuoted(description)}`
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}
