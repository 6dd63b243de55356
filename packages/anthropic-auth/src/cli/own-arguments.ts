/**
 * Returns the arguments for the tool itself. Arguments after the program of `run` belong to that program: its `--json`
 * is not ours.
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
