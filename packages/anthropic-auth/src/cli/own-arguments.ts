/**
 * Returns the arguments that are for the tool itself. What follows the program of `run` is for that program: its
 * `--json` is not ours.
 */
export function ownArguments(args: readonly string[]): readonly string[] {
  const command = args.findIndex((arg) => !arg.startsWith('-'))
  if (args[command] !== 'run') return args
  for (let index = command + 1; index < args.length; index += 1) {
    // The only option of `run` with a value of its own.
    if (args[index] === '--profile') index += 1
    else if (args[index] === '--' || args[index]?.startsWith('-') === false) return args.slice(0, index)
  }
  return args
}
