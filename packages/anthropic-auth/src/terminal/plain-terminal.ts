import type * as tty from 'node:tty'
import { requireNodeBuiltin } from '@anthropic-auth/core/internal'

interface NodeBuiltins {
  readonly 'node:tty': typeof tty
}

const NO_TERMINAL = {
  message: 'This runtime has no terminal',
  hint: 'Use Node, Deno or Bun, or login() with your own hooks.',
}

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
  return requireNodeBuiltin<NodeBuiltins, 'node:tty'>('node:tty', NO_TERMINAL).isatty(fd)
}
