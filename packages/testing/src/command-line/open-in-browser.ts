import { spawn } from 'node:child_process'

const LAUNCHERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Opens the emulator's own URL in the default browser. If that fails, the user finds the URL in the banner. */
export async function openInBrowser(url: string): Promise<void> {
  const [launcher, ...args] = LAUNCHERS[process.platform] ?? ['xdg-open']
  const child = spawn(launcher, [...args, url], { stdio: 'ignore', detached: true })
  const failure = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('spawn', () => resolve(null))
  })
  child.unref()
  if (failure !== null) {
    process.stderr.write(`Could not open the browser: ${failure}. Open ${url} yourself.\n`)
  }
}
