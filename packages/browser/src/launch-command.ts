import { isSsh, variables, wslPowerShell } from './host-system.ts'

/** A program with its arguments, started without a shell. */
export interface LaunchCommand {
  readonly file: string
  readonly args: readonly string[]
  /** Whether it ends as soon as the browser has the link; else it may live as long as the browser. */
  readonly endsSoon: boolean
  readonly cwd?: string
}

/** What `open` would start, in the same form for each platform, known without waiting. */
export function launchCommand(href: string, app: string | undefined): LaunchCommand {
  if (process.platform === 'darwin') {
    return { file: 'open', args: app === undefined ? [href] : ['-a', app, href], endsSoon: true }
  }
  if (process.platform === 'win32') return powerShell(windowsPowerShell(), href, app)
  const wsl = app === undefined && !isSsh() ? wslPowerShell() : null
  // In WSL a working directory that Windows can't reach fails the start; PowerShell's own it can.
  if (wsl !== null) return { ...powerShell(wsl, href, app), cwd: wsl.slice(0, wsl.lastIndexOf('/')) }
  return { file: app ?? 'xdg-open', args: [href], endsSoon: false }
}

/** Encoded, since PowerShell has no argv: the link stands in it as one quoted literal. */
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

/** Each of these quotes ends a literal in PowerShell, and none when it stands twice. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`
}
