/**
 * Returns a URL for the terminal: on one line whatever its length, and as a hyperlink if the terminal supports them, so
 * that a link over several rows can still be clicked.
 *
 * @see https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
 */
export function terminalLink(url: string, isTerminal: boolean): string {
  return isTerminal && knowsHyperlinks(process.env) ? `\u001B]8;;${url}\u001B\\${url}\u001B]8;;\u001B\\` : url
}

const PROGRAMS = new Set([
  'iTerm.app',
  'WezTerm',
  'vscode',
  'ghostty',
  'Hyper',
  'Tabby',
  'WarpTerminal',
  'zed',
])
const TERMINALS = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour)/
/** VTE (GNOME Terminal and others) supports hyperlinks since 0.50. */
const FIRST_VTE = 5000

/** A terminal can't be asked, so this looks for the variables that terminals with hyperlinks set. */
function knowsHyperlinks(env: NodeJS.ProcessEnv): boolean {
  const { FORCE_HYPERLINK, TERM = '', TERM_PROGRAM = '', VTE_VERSION, WT_SESSION, KONSOLE_VERSION } = env
  if (FORCE_HYPERLINK !== undefined) return FORCE_HYPERLINK !== '0'
  // tmux and screen may pass a hyperlink on, or show its control sequence as text.
  if (TERM === 'dumb' || 'TMUX' in env || 'STY' in env) return false
  if (PROGRAMS.has(TERM_PROGRAM) || TERMINALS.test(TERM)) return true
  return WT_SESSION !== undefined || KONSOLE_VERSION !== undefined || Number(VTE_VERSION) >= FIRST_VTE
}
