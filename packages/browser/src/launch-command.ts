import { isSsh, variables, wslPowerShell } from './host-system.ts'

/** A program and its arguments, to be started without a shell. */
export interface LaunchCommand {
  readonly file: string
  readonly args: readonly string[]
  /** Whether the program ends once the browser has the link; otherwise it can run as long as the browser. */
  readonly endsSoon: boolean
  readonly cwd?: string
}

/** The command that `open` would run on this platform. */
export function launchCommand(href: string, app: string | undefined): LaunchCommand {
  if (process.platform === 'darwin') {
    return { file: 'open', args: app === undefined ? [href] : ['-a', app, href], endsSoon: true }
  }
  if (process.platform === 'win32') return powerShell(windowsPowerShell(), href, app)
  const wsl = app === undefined && !isSsh() ? wslPowerShell() : null
  // In WSL, the start fails in a working directory that Windows can't reach. It can reach the one of PowerShell.
  if (wsl !== null) return { ...powerShell(wsl, href, app), cwd: wsl.slice(0, wsl.lastIndexOf('/')) }
  return { file: app ?? 'xdg-open', args: [href], endsSoon: false }
}

/** PowerShell has no argv, so the command is encoded and contains the link as one quoted literal. */
function powerShell(file: string, href: string, app: string | undefined): LaunchCommand {
  const target = app === undefined ? quoted(href) : `${quoted(app)} -ArgumentList ${quoted(href)}`
  const command = Buffer.from(`Start-Process ${target}`, 'utf16le').toString('base64')
  return { file, args: ['-NoProfile', '-NonInteractive', '-EncodedCommand', command], endsSoon: true }
}

function windowsPowerShell(): string {
  const { SYSTEMROOT, windir } = variables()
  const folder = SYSTEMROOT ?? windir ?? String.raw`C:\Windows`
  return String.raw`${folder}\System32\WindowsPowerShell\v1.0\powershell.exe`
}

/** In PowerShell, each of these quotes ends a literal, but two of them stand for one quote. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`
}
