import { existsSync } from 'node:fs'
import { inspect } from 'node:util'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { describe, expect, it, vi } from 'vitest'
import { Launchers, openInProcess, openOn } from '../test/fake-launchers.ts'
import { openBrowserSync } from './open-browser-sync.ts'
import { openBrowser } from './open-browser.ts'

/** A link with every permitted character that a shell would change. */
const LINK =
  'https://claude.ai/oauth/authorize?a=%41&b=1&c=!x*+[y]@:,%5E&state=canary-state-4711&challenge=canary-4712#f'
const DESKTOP = { DISPLAY: ':9' }
const WATCHDOG = { timeout: 40_000 }
/** The environment of a user without a desktop, whose browser is in `BROWSER`. */
const personal = (launchers: Launchers): NodeJS.ProcessEnv => ({ BROWSER: launchers.add('browser') })

const WINDOWS = { platform: 'win32' } as const
const POWERSHELL = '/mnt/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe'
const WSL = {
  platform: 'linux',
  release: '6.6.87.2-microsoft-standard-WSL2',
  files: { [POWERSHELL]: '' },
} as const

const decoded = (args: readonly string[] = []): string =>
  Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le')

describe('openBrowser()', () => {
  it('passes the checked href to `launch`, in any environment, and waits for it', async () => {
    const steps: string[] = []
    const launch = async (href: string): Promise<void> => {
      await Promise.resolve()
      steps.push(href)
    }
    await openBrowser('https://Claude.ai', { launch })
    expect(steps).toEqual(['https://claude.ai/'])
  })

  it.each([
    'https://$(calc.exe)/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'ms-msdt:/id',
    '\\\\evil\\share',
    '--version',
    'https:evil.com',
    'https://claude.ai\n.evil.com/',
    ' https://claude.ai/',
    'http://claude.ai/',
    'https://user@claude.ai/',
  ])('refuses %j and starts nothing', async (url) => {
    const launch = vi.fn<(href: string) => Promise<void>>(async () => {})
    await expect(openBrowser(url, { launch })).rejects.toMatchObject({ code: 'unsafe_url' })
    expect(launch).not.toHaveBeenCalled()
    for (const how of ['async', 'sync'] as const) {
      const { opened, started } = await openOn({ platform: 'linux' }, [how, url], DESKTOP)
      expect(opened.result.code).toBe('unsafe_url')
      expect(started).toBeNull()
    }
  })

  it('wraps an error of `launch` without its link, and passes on an AnthropicAuthError', async () => {
    const own = new AnthropicAuthError('aborted', 'The login is over')
    const foreign = Object.assign(new Error(`can not open ${LINK}`), { code: 'EACCES', url: LINK })
    await expect(openBrowser(LINK, { launch: async () => Promise.reject(own) })).rejects.toBe(own)
    const error: unknown = await openBrowser(LINK, { launch: async () => Promise.reject(foreign) }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'browser_launch_failed', message: expect.stringContaining('EACCES') })
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary')
  })

  it('refuses anything but the name of a program', async () => {
    for (const app of ['', 'a\0b', 7 as unknown as string]) {
      await expect(openBrowser('https://claude.ai/', { app })).rejects.toBeInstanceOf(TypeError)
    }
  })

  it.each([null, 'firefox', 7, [], () => 1])('throws a TypeError for the options %o', async (options) => {
    const misuse = new TypeError('options must be an object')
    await expect(openBrowser('https://claude.ai/', options as never)).rejects.toThrow(misuse)
    expect(() => openBrowserSync('https://claude.ai/', options as never)).toThrow(misuse)
  })

  it.each([null, 'firefox', {}])('throws a TypeError for the launch function %o', async (launch) => {
    await expect(openBrowser('https://claude.ai/', { launch: launch as never })).rejects.toThrow(
      new TypeError('launch must be a function'),
    )
  })

  it('accepts options of a class', async () => {
    class Options {
      readonly opened: string[] = []

      get launch(): (href: string) => Promise<void> {
        return async (href) => void this.opened.push(href)
      }
    }
    const options = new Options()
    await openBrowser('https://claude.ai/', options)
    expect(options.opened).toEqual(['https://claude.ai/'])
  })

  it('takes nothing from Object.prototype', async () => {
    const options = { app: { name: 'evil' }, name: 'evil', arguments: ['evil'], launch: true }
    const variables = {
      BROWSER: 'none',
      CI: '1',
      SSH_TTY: 'x',
      container: 'x',
      SYSTEMROOT: 'evil',
      code: 'EVIL',
    }
    const env = { ...DESKTOP, POLLUTED: JSON.stringify({ ...options, ...variables }) }
    for (const how of ['async', 'sync'] as const) {
      const { opened, started } = await openOn({ platform: 'linux' }, [how, LINK], env)
      expect(opened.result).toEqual({ opened: true })
      expect(started).toEqual({ file: expect.stringMatching(/xdg-open$/), args: [LINK] })
    }
  })

  it("passes the link unchanged to the user's browser, through the real launcher", async () => {
    const launchers = new Launchers()
    const { exitCode, result } = await openInProcess(launchers, ['async', LINK], personal(launchers))
    expect(result).toEqual({ opened: true })
    await vi.waitFor(() => expect(launchers.recorded).toEqual(['browser', LINK]), WATCHDOG)
    expect(exitCode).toBe(0)
  })

  it('passes the link unchanged to a browser that was chosen by name', async () => {
    const launchers = new Launchers()
    launchers.add('my-browser')
    const { result } = await openInProcess(launchers, ['async', LINK, 'my-browser'], DESKTOP)
    expect(result).toEqual({ opened: true })
    await vi.waitFor(() => expect(launchers.recorded).toEqual(['my-browser', LINK]), WATCHDOG)
  })

  it('starts a launcher with only the link and no shell on Linux and macOS', async () => {
    const linux = await openOn({ platform: 'linux' }, ['async', LINK], DESKTOP)
    expect(linux.started).toEqual({ file: expect.stringMatching(/\/xdg-open$/), args: [LINK] })
    const mac = await openOn({ platform: 'darwin' }, ['async', LINK])
    expect(mac.started).toEqual({ file: 'open', args: [LINK] })
    const app = await openOn({ platform: 'darwin' }, ['async', LINK, 'Google Chrome'])
    expect(app.started).toEqual({ file: 'open', args: ['-a', 'Google Chrome', LINK] })
  })

  it('passes the link to PowerShell on Windows and WSL as one quoted literal', async () => {
    const windows = await openOn(WINDOWS, ['async', LINK])
    expect(decoded(windows.started?.args)).toBe(`$ProgressPreference = 'SilentlyContinue'; Start '${LINK}'`)
    expect(windows.started?.file).toMatch(/powershell\.exe$/)
    const wsl = await openOn(WSL, ['async', LINK])
    expect(decoded(wsl.started?.args)).toBe(`$ProgressPreference = 'SilentlyContinue'; Start '${LINK}'`)
    expect(wsl.started?.file).toBe(POWERSHELL)
  })

  it('says that a launcher is not there, without the link', async () => {
    const { exitCode, result, output } = await openInProcess(
      new Launchers(),
      ['async', LINK, 'no-such-browser'],
      DESKTOP,
    )
    expect(result).toMatchObject({
      code: 'browser_launch_failed',
      message: 'Could not open the browser: its launcher did not start (ENOENT)',
    })
    expect(output).not.toContain('canary')
    expect(exitCode).toBe(0)
  })

  it('says that a launcher ended with an error, without the link', async () => {
    const launchers = new Launchers()
    launchers.add('broken', 'exit 3')
    const { result, output } = await openInProcess(launchers, ['async', LINK, 'broken'], DESKTOP)
    expect(result).toMatchObject({
      code: 'browser_launch_failed',
      message: 'Could not open the browser: broken exited with code 3',
    })
    expect(output).not.toContain('canary')
    const killed = new Launchers()
    killed.add('killed', 'kill -9 $$')
    const { result: ended } = await openInProcess(killed, ['async', LINK, 'killed'], DESKTOP)
    expect(ended.message).toBe('Could not open the browser: killed was killed')
  })

  it('says that PowerShell could not start the browser', async () => {
    const { opened } = await openOn({ ...WINDOWS, exitCode: 1 }, ['async', LINK])
    expect(opened.result.code).toBe('browser_launch_failed')
    expect(opened.output).not.toContain('canary')
  })

  it('neither waits for a browser that stays, nor shares its streams with it', async () => {
    const launchers = new Launchers()
    const stop = `${launchers.directory}/stop`
    const stopped = `${launchers.directory}/stopped`
    // This launcher keeps writing until the test ends it.
    launchers.add(
      'staying',
      `while [ -e "$0" ] && [ ! -e '${stop}' ]; do echo noise; echo noise >&2; sleep 0.05; done; echo > '${stopped}'`,
    )
    const { exitCode, result, output } = await openInProcess(launchers, ['timed', LINK, 'staying'], DESKTOP)
    expect(existsSync(stopped)).toBe(false)
    launchers.add('stop')
    await vi.waitFor(() => expect(existsSync(stopped)).toBe(true), WATCHDOG)
    expect(result).toEqual({ opened: true })
    expect(output).not.toContain('noise')
    expect(exitCode).toBe(0)
  })

  it('starts nothing when no browser can be opened, and says why', async () => {
    const { opened, started } = await openOn({ platform: 'linux' }, ['async', LINK])
    expect(opened.result).toMatchObject({
      code: 'browser_launch_failed',
      message: 'This machine has no display: neither DISPLAY nor WAYLAND_DISPLAY is set.',
    })
    const remote = await openOn({ platform: 'darwin' }, ['async', LINK, 'Safari'], {
      SSH_TTY: '/dev/ttys001',
    })
    expect(remote.opened.result.message).toBe(
      'This is an SSH session: the browser would open on the remote machine.',
    )
    expect([started, remote.started]).toEqual([null, null])
  })
})
