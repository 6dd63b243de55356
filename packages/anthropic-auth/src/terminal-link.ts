/**
 * An URL as it stands in the terminal: on one line whatever its length, and a hyperlink where the terminal knows them,
 * so that a line that it wraps is still one link.
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
/** VTE (GNOME Terminal and others) knows them since 0.50. */
const FIRST_VTE = 5000

/** No terminal can be asked: those that know them are known by what they set. */
function knowsHyperlinks(env: NodeJS.ProcessEnv): boolean {
  const { FORCE_HYPERLINK, TERM = '', TERM_PROGRAM = '', VTE_VERSION, WT_SESSION, KONSOLE_VERSION } = env
  if (FORCE_HYPERLINK !== undefined) return FORCE_HYPERLINK !== '0'
  // They may pass it on, or show it as rubbish.
  if (TERM === 'dumb' || 'TMUX' in env || 'STY' in env) return false
  if (PROGRAMS.has(TERM_PROGRAM) || TERMINALS.test(TERM)) return true
  return WT_SESSION !== undefined || KONSOLE_VERSION !== undefined || Number(VTE_VERSION) >= FIRST_VTE
}
