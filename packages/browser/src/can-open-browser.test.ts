import fs from 'node:fs'
import os from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { canOpenBrowser } from './can-open-browser.ts'

interface System {
  readonly platform?: NodeJS.Platform
  readonly release?: string
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

const CI = 'This is a CI job, where nobody would see the browser.'
const SSH = 'This is an SSH session: the browser would open on the remote machine.'
const CONTAINER = 'This is a container without a display.'
const NO_DISPLAY = 'This machine has no display: neither DISPLAY nor WAYLAND_DISPLAY is set.'
const WSL = "This is WSL without a display, and it can't start the Windows browser."
const NONE = 'BROWSER is set to none, which asks for no browser.'

const docker = { '/.dockerenv': '' }
const wsl = { release: '6.6.87.2-microsoft-standard-WSL2' }
const powerShell = { '/mnt/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe': '' }
const ssh = { SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22' }

/** The reason on that system; `null` when a browser can be opened. */
function reasonOn({ platform = 'linux', release = '6.1.0', files = {}, env = {} }: System): string | null {
  vi.stubGlobal('process', new Proxy(process, { get: (all, key) => members(all, key) }))
  vi.spyOn(os, 'release').mockReturnValue(release)
  vi.spyOn(fs, 'existsSync').mockImplementation((path) => String(path) in files)
  vi.spyOn(fs, 'readFileSync').mockImplementation((path) => {
    const text = files[String(path)]
    if (text === undefined) throw new Error('It is not there')
    return text
  })
  const ability = canOpenBrowser()
  vi.unstubAllGlobals()
  return ability.ok ? null : ability.reason

  function members(all: NodeJS.Process, key: string | symbol): unknown {
    if (key === 'env') return env
    return key === 'platform' ? platform : (Reflect.get(all, key) as unknown)
  }
}

describe('canOpenBrowser()', () => {
  beforeEach(() => void vi.restoreAllMocks())
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it.each<[string, System]>([
    ['macOS', { platform: 'darwin' }],
    ['Windows', { platform: 'win32' }],
    ['Android', { platform: 'android' }],
    ['Linux with X11', { env: { DISPLAY: ':0' } }],
    ['Linux with Wayland', { env: { WAYLAND_DISPLAY: 'wayland-0' } }],
    ['FreeBSD with X11', { platform: 'freebsd', env: { DISPLAY: ':0' } }],
    ['WSL', { ...wsl, files: powerShell }],
    ['WSL with a kernel of its own', { files: { ...powerShell, '/run/WSL': '' } }],
    ['WSL that shows windows of Linux', { ...wsl, env: { DISPLAY: ':0' } }],
    ['a container with a display', { files: docker, env: { DISPLAY: ':0' } }],
    ['ssh -X', { env: { ...ssh, DISPLAY: 'localhost:10.0' } }],
    ['waypipe', { env: { ...ssh, WAYLAND_DISPLAY: 'wayland-x' } }],
    ['an editor on another machine', { files: docker, env: { ...ssh, BROWSER: '/editor/browser.sh' } }],
    ['CI=false', { env: { CI: 'false', DISPLAY: ':0' } }],
    ['CI=0', { env: { CI: '0', DISPLAY: ':0' } }],
    ['an empty CI', { env: { CI: '', DISPLAY: ':0' } }],
  ])('returns true: %s', (_, system) => {
    expect(reasonOn(system)).toBeNull()
  })

  it.each<[string, string, System]>([
    ['BROWSER=none', NONE, { env: { BROWSER: 'none', DISPLAY: ':0' } }],
    ['BROWSER=None on macOS', NONE, { platform: 'darwin', env: { BROWSER: 'None' } }],
    ['CI', CI, { env: { CI: 'true', DISPLAY: ':0' } }],
    ['CI=1 with a browser', CI, { env: { CI: '1', BROWSER: 'firefox' } }],
    ['CI on macOS', CI, { platform: 'darwin', env: { CI: 'true' } }],
    ['Azure Pipelines', CI, { platform: 'win32', env: { TF_BUILD: 'True' } }],
    ['Jenkins', CI, { env: { JENKINS_URL: 'https://ci.example.com/', DISPLAY: ':0' } }],
    ['SSH', SSH, { env: ssh }],
    ['SSH with a terminal', SSH, { env: { SSH_TTY: '/dev/pts/0' } }],
    ['SSH to a display of that machine', SSH, { env: { ...ssh, DISPLAY: ':0' } }],
    ['SSH to its display by another name', SSH, { env: { ...ssh, DISPLAY: 'unix:0' } }],
    ['SSH to macOS', SSH, { platform: 'darwin', env: { ...ssh, DISPLAY: 'localhost:10.0' } }],
    ['SSH to macOS with a browser', SSH, { platform: 'darwin', env: { ...ssh, BROWSER: 'firefox' } }],
    ['SSH to Windows', SSH, { platform: 'win32', env: ssh }],
    ['SSH to WSL', SSH, { ...wsl, files: powerShell, env: ssh }],
    ['SSH to a container', SSH, { files: docker, env: ssh }],
    ['Docker', CONTAINER, { files: docker }],
    ['Podman', CONTAINER, { files: { '/run/.containerenv': '' } }],
    ['nspawn', CONTAINER, { env: { container: 'systemd-nspawn' } }],
    ['Kubernetes', CONTAINER, { env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }],
    ['a cgroup of Docker', CONTAINER, { files: { '/proc/self/cgroup': '1:cpu:/docker/0a1b' } }],
    ['a container in WSL', CONTAINER, { ...wsl, files: { ...powerShell, ...docker } }],
    ['WSL shut off from Windows', WSL, wsl],
    ['a server', NO_DISPLAY, { files: { '/proc/self/cgroup': '0::/user.slice' } }],
    ['an empty DISPLAY', NO_DISPLAY, { env: { DISPLAY: '' } }],
    ['FreeBSD', NO_DISPLAY, { platform: 'freebsd' }],
  ])('returns false: %s', (_, reason, system) => {
    expect(reasonOn(system)).toBe(reason)
  })

  it('says so when the environment may not be read', () => {
    const env = {
      get BROWSER(): string {
        throw new Error('Requires env access')
      },
    }
    expect(reasonOn({ env })).toBe(
      "This program can't read its environment. In Deno, run it with --allow-env --allow-read --allow-run --allow-sys.",
    )
  })

  it('returns false when no program can be started', () => {
    const reason = "This runtime can't start a browser."
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    expect(reasonOn({ platform: 'darwin' })).toBe(reason)
    vi.unstubAllGlobals()
    vi.stubGlobal('process', undefined)
    expect(canOpenBrowser()).toEqual({ ok: false, reason })
    vi.stubGlobal('process', { env: {}, browser: true })
    expect(canOpenBrowser()).toEqual({ ok: false, reason })
    vi.stubGlobal('process', { env: {}, platform: 'darwin', getBuiltinModule: () => undefined })
    expect(canOpenBrowser()).toEqual({ ok: false, reason })
  })
})
