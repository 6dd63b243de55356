/** The context that a command runs in. */
export interface CommandContext {
  /** Whether the user asked for JSON. The parser then prints no errors of its own. */
  readonly json: boolean
  /** The arguments of the tool, for messages about them. */
  readonly args: readonly string[]
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal
  /** Sets the exit code of a command that ends without an error. */
  readonly end: (exitCode: number) => void
  /** Sets the profile that hints name, and the client that it belongs to. */
  readonly useProfile: (name: string, clientId?: string | null) => void
  /** Stops handling signals, so that the command can do so: they no longer abort `signal`. */
  readonly releaseSignals: () => void
}
