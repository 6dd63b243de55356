/** Words for the commands in other tools (`gh`, `aws`, `gcloud`, `ant`) and in everyday speech. */
const SIMILAR: Readonly<Record<string, string>> = {
  activate: 'use',
  'access-token': 'token',
  'api-key': 'create-key',
  check: 'doctor',
  config: 'status',
  'create-api-key': 'create-key',
  credentials: 'token',
  daemon: 'refresh --watch',
  diagnose: 'doctor',
  env: 'token --env',
  exec: 'run',
  'get-token': 'token',
  key: 'create-key',
  keys: 'create-key',
  ls: 'list',
  'print-access-token': 'token',
  'print-credentials': 'token',
  'print-token': 'token',
  profile: 'list',
  profiles: 'list',
  renew: 'refresh',
  revoke: 'logout',
  select: 'use',
  'set-profile': 'use',
  'sign-in': 'login',
  'sign-out': 'logout',
  signin: 'login',
  signout: 'logout',
  switch: 'use',
  user: 'status',
  watch: 'refresh --watch',
  who: 'status',
}

const UNKNOWN_COMMAND = /unknown command '(?<word>[a-z-]{1,32})'/

/** An option of the commands, which other tools take before the command. */
const OPTION_OF_COMMANDS = /unknown option '(?<option>--(?:profile|base-url|json|debug))/

/** Returns a line that names the command that a user may have meant, or an empty text. */
export function similarCommandText(message: string, args: readonly string[]): string {
  const option = OPTION_OF_COMMANDS.exec(message)?.groups?.['option']
  if (option !== undefined && args[0]?.startsWith('-') === true) {
    return `\nPut ${option} after the command, as in: anthropic-auth status ${option}`
  }
  const word = UNKNOWN_COMMAND.exec(message)?.groups?.['word'] ?? ''
  if (word === 'auth') return "\nLeave out the word 'auth', as in: anthropic-auth login"
  return Object.hasOwn(SIMILAR, word) ? `\nDid you mean: anthropic-auth ${SIMILAR[word]}` : ''
}
