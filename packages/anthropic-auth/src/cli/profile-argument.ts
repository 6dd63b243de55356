/** The way in which a user names the profile of each command: with `--profile`, as an argument, or not at all. */
const PROFILE_ARGUMENTS: Readonly<Record<string, 'flag' | 'argument' | 'none'>> = {
  login: 'flag',
  token: 'flag',
  status: 'flag',
  whoami: 'flag',
  run: 'none',
  list: 'none',
  use: 'argument',
  refresh: 'flag',
  'create-key': 'flag',
  logout: 'flag',
  doctor: 'flag',
  completion: 'none',
  help: 'none',
}

export function isCommand(word: string): boolean {
  return Object.hasOwn(PROFILE_ARGUMENTS, word)
}

/** Adds a profile to a command line, if the command takes one there. */
export function withProfile(command: string, profile: string | null): string {
  const [name = ''] = command.split(' ')
  const by = PROFILE_ARGUMENTS[name]
  if (profile === null || by === undefined || by === 'none') return command
  return by === 'flag' ? `${command} --profile ${profile}` : `${command} ${profile}`
}
