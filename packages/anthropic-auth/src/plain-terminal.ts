/** Whether a terminal gets plain lines only, without redrawing: it can't redraw, or a screen reader reads it. */
export function isPlainTerminal(): boolean {
  return process.env['TERM'] === 'dumb' || process.env['ACCESSIBLE'] !== undefined
}

/** Whether a file descriptor is a terminal. `process.stdin` would open it for reading, and change its flags. */
export function isTerminal(fd: 0 | 2): boolean {
  return process.getBuiltinModule('node:tty').isatty(fd)
}
