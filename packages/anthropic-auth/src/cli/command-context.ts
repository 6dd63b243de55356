/** The surroundings of a command. */
export interface CommandContext {
  /** Whether the user asked for JSON: then the parser prints no errors of its own. */
  readonly json: boolean
  /** The arguments of the tool. */
  readonly args: readonly string[]
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal
  /** Sets the exit code of a command that ends without an error. */
  readonly end: (exitCode: number) => void
  /** Sets the profile that hints name, and the client that it belongs to. */
  readonly useProfile: (name: string, clientId?: string | null) => void
  /** Leaves signals to the command: from now on, they no longer abort `signal`. */
  readonly releaseSignals: () => void
}
