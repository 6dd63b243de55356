import { existsSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { Launchers, openInProcess, openOn } from '../test/fake-launchers.ts'
import { openBrowserSync } from './open-browser-sync.ts'

const LINK =
  'https://claude.ai/oauth/authorize?a=%41&b=1&c=!x*+[y]@:,%5E&state=canary-state-4711&challenge=canary-4712#f'
const DESKTOP = { DISPLAY: ':9' }
const POWERSHELL_FOLDER = 'c/Windows/System32/WindowsPowerShell/v1.0'
const WSL = { platform: 'linux', release: '6.6.87.2-microsoft-standard-WSL2' } as const

const decoded = (args: readonly string[] = []): string =>
  Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le')

describe('openBrowserSync()', () => {
  it('has started the launcher although the event loop never turns', async () => {
    const launchers = new Launchers()
    launchers.add('xdg-open')
    // It blocks until the launcher has recorded its arguments.
    const { exitCode, result } = await openInProcess(launchers, ['blocked', LINK], DESKTOP)
    expect(result).toEqual({ opened: true })
    expect(launchers.recorded).toEqual(['xdg-open', LINK])
    expect(exitCode).toBe(0)
  })

  it('neither waits for a browser that stays, nor shares its streams with it', async () => {
    const launchers = new Launchers()
    const stop = `${launchers.directory}/stop`
    const stopped = `${launchers.directory}/stopped`
    launchers.add(
      'staying',
      `while [ -e "$0" ] && [ ! -e '${stop}' ]; do echo noise; echo noise >&2; sleep 0.05; done; echo > '${stopped}'`,
    )
    const { exitCode, result, output } = await openInProcess(launchers, ['blocked', LINK, 'staying'], DESKTOP)
    expect(existsSync(stopped)).toBe(false)
    launchers.add('stop')
    await vi.waitFor(() => expect(existsSync(stopped)).toBe(true), { timeout: 40_000 })
    expect(result).toEqual({ opened: true })
    expect(output).not.toContain('noise')
    expect(exitCode).toBe(0)
  })

  it('starts a launcher with only the link and no shell on Linux and macOS', async () => {
    const linux = await openOn({ platform: 'linux' }, ['sync', LINK], DESKTOP)
    expect(linux.started).toEqual({ file: 'xdg-open', args: [LINK] })
    const mac = await openOn({ platform: 'darwin' }, ['sync', LINK])
    expect(mac.started).toEqual({ file: 'open', args: [LINK] })
    const app = await openOn({ platform: 'darwin' }, ['sync', LINK, 'Google Chrome'])
    expect(app.started).toEqual({ file: 'open', args: ['-a', 'Google Chrome', LINK] })
  })

  it('passes the link to PowerShell on Windows as one quoted literal', async () => {
    const { started } = await openOn({ platform: 'win32' }, ['sync', LINK], { SYSTEMROOT: 'D:\\Windows' })
    expect(started?.file).toBe('D:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe')
    expect(started?.args.slice(0, -1)).toEqual(['-NoProfile', '-NonInteractive', '-EncodedCommand'])
    expect(decoded(started?.args)).toBe(`Start-Process '${LINK}'`)
  })

  it('passes a browser with quotes in its name as one quoted literal, too', async () => {
    const app = `it's ‘my’ browser`
    const { started } = await openOn({ platform: 'win32' }, ['sync', LINK, app])
    expect(started?.file).toBe('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe')
    expect(decoded(started?.args)).toBe(`Start-Process 'it''s ‘‘my’’ browser' -ArgumentList '${LINK}'`)
  })

  it("starts Windows' PowerShell in WSL, wherever its drives are", async () => {
    const usual = `/mnt/${POWERSHELL_FOLDER}`
    const wsl = await openOn({ ...WSL, files: { [`${usual}/powershell.exe`]: '' } }, ['sync', LINK])
    expect(wsl.started).toMatchObject({ file: `${usual}/powershell.exe`, cwd: usual })
    expect(decoded(wsl.started?.args)).toBe(`Start-Process '${LINK}'`)
    const moved = `/windows/${POWERSHELL_FOLDER}/powershell.exe`
    for (const conf of ['[automount]\nroot = /windows/\n', '[automount]\n  root="/windows"\noptions = x']) {
      const files = { '/etc/wsl.conf': conf, [moved]: '' }
      const other = await openOn({ ...WSL, files }, ['sync', LINK])
      expect(other.started?.file).toBe(moved)
    }
  })

  it('starts a launcher of Linux in a WSL that has a display but no way to Windows', async () => {
    const { started } = await openOn(WSL, ['sync', LINK], DESKTOP)
    expect(started).toEqual({ file: 'xdg-open', args: [LINK] })
  })

  it('says that a launcher is not there, without the link', async () => {
    const { exitCode, result, output } = await openInProcess(
      new Launchers(),
      ['sync', LINK, 'no-such-browser'],
      DESKTOP,
    )
    expect(result).toMatchObject({
      code: 'browser_launch_failed',
      message: 'Could not open the browser: its launcher did not start',
    })
    expect(output).not.toContain('canary')
    expect(exitCode).toBe(0)
  })

  it('reports that a launcher ended with an error if it waits for it', async () => {
    for (const platform of ['darwin', 'win32'] as const) {
      const { opened } = await openOn({ platform, exitCode: 1 }, ['sync', LINK])
      expect(opened.result).toMatchObject({
        code: 'browser_launch_failed',
        message: expect.stringMatching(
          /^Could not open the browser: (?:open|powershell\.exe) exited with code 1$/,
        ),
      })
      expect(opened.output).not.toContain('canary')
    }
  })

  it('refuses anything but the name of a program', () => {
    for (const app of ['', 'a\0b', 7 as unknown as string]) {
      expect(() => openBrowserSync('https://claude.ai/', { app })).toThrow(TypeError)
    }
  })

  it('starts nothing when no browser can be opened, and says why', async () => {
    const { opened, started } = await openOn({ platform: 'linux' }, ['sync', LINK], {
      ...DESKTOP,
      CI: 'true',
    })
    expect(opened.result).toMatchObject({
      code: 'browser_launch_failed',
      message: 'This is a CI job, where nobody would see the browser.',
    })
    expect(started).toBeNull()
  })
})
