import { membersOf } from '@anthropic-auth/core/internal'
import { nodeBuiltin } from './node-builtin.ts'

/** Variables that CI services set; most set the first. */
const CI_VARIABLES = [
  'CI',
  'CONTINUOUS_INTEGRATION',
  'CODEBUILD_BUILD_ID',
  'JENKINS_URL',
  'TEAMCITY_VERSION',
  'TF_BUILD',
]
const CONTAINER_FILES = ['/.dockerenv', '/run/.containerenv']
const CONTAINER_CGROUP = /docker|kubepods|containerd|lxc/
const WSL_FILES = ['/proc/sys/fs/binfmt_misc/WSLInterop', '/run/WSL']
const WSL_MOUNT_ROOT = /^\s*root\s*=\s*"?([^"\r\n#]*[^"\r\n#\s/])/m

/** The environment variables, without members that other code added to `Object.prototype`. */
export function variables(): NodeJS.ProcessEnv {
  return membersOf(process.env)
}

export function isCi(): boolean {
  return CI_VARIABLES.some((name) => !['', '0', 'false', undefined].includes(variables()[name]))
}

export function isSsh(): boolean {
  const { SSH_CONNECTION, SSH_CLIENT, SSH_TTY } = variables()
  return [SSH_CONNECTION, SSH_CLIENT, SSH_TTY].some(Boolean)
}

export function hasDisplay(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = variables()
  return [DISPLAY, WAYLAND_DISPLAY].some(Boolean)
}

/** Whether windows appear on the user's own machine (`ssh -X`, waypipe). `:0` is a display of this machine. */
export function hasForwardedDisplay(): boolean {
  const { DISPLAY = '', WAYLAND_DISPLAY = '' } = variables()
  return WAYLAND_DISPLAY !== '' || /^(?!unix:)[^:]+:/.test(DISPLAY)
}

export function isContainer(): boolean {
  const { container = '', KUBERNETES_SERVICE_HOST = '' } = variables()
  if (container !== '' || KUBERNETES_SERVICE_HOST !== '') return true
  const { existsSync } = nodeBuiltin('node:fs')
  return (
    CONTAINER_FILES.some((file) => existsSync(file)) || CONTAINER_CGROUP.test(textOf('/proc/self/cgroup'))
  )
}

/** Whether this is Linux inside Windows. As in `open`, a container inside WSL counts as a container. */
export function isWsl(): boolean {
  if (process.platform !== 'linux') return false
  const { existsSync } = nodeBuiltin('node:fs')
  const isMicrosoft = nodeBuiltin('node:os').release().toLowerCase().includes('microsoft')
  return (isMicrosoft || WSL_FILES.some((file) => existsSync(file))) && !isContainer()
}

/** The path of Windows' PowerShell in WSL; `null` outside WSL, or if WSL can't reach Windows. */
export function wslPowerShell(): string | null {
  if (!isWsl()) return null
  // https://learn.microsoft.com/windows/wsl/wsl-config#automount-settings
  const mountRoot = WSL_MOUNT_ROOT.exec(textOf('/etc/wsl.conf'))?.[1] ?? '/mnt'
  const path = `${mountRoot}/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe`
  return nodeBuiltin('node:fs').existsSync(path) ? path : null
}

function textOf(path: string): string {
  try {
    return nodeBuiltin('node:fs').readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
