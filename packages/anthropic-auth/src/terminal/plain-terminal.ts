import type * as tty from 'node:tty'
import { AnthropicAuthError } from '@anthropic-auth/core'

/** Whether to write plain lines only: the terminal can't redraw them, or a screen reader reads it. */
export function isPlainTerminal(): boolean {
  return process.env['TERM'] === 'dumb' || process.env['ACCESSIBLE'] !== undefined
}

/**
 * Whether a file descriptor is a terminal. `process.stdin` would open it for reading, and change its flags.
 *
 * @throws AnthropicAuthError `unsupported_runtime`
 */
export function isTerminal(fd: 0 | 2): boolean {
  const { process } = globalThis as Partial<typeof globalThis>
  // A runtime may have the function but not the module, whatever Node's types say.
  const builtin: typeof tty | undefined = process?.getBuiltinModule?.('node:tty')
  if (builtin !== undefined) return builtin.isatty(fd)
  throw new AnthropicAuthError('unsupported_runtime', 'This runtime has no terminal', {
    hint: 'Use Node, Deno or Bun, or login() with your own hooks.',
  })
}
