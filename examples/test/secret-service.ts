import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isInstalled } from '../../scripts/tests/optional-tool.ts'

const COMMAND = 'dbus-run-session'

/** On other systems, the keychain is the user's own, which no test may touch. */
export const hasSecretService: boolean =
  process.platform === 'linux' && isInstalled(COMMAND) && isInstalled('gnome-keyring-daemon')

export interface SecretService {
  /** For the environment variable `DBUS_SESSION_BUS_ADDRESS`. */
  readonly busAddress: string
  stop(): Promise<void>
}

// When this process ends, `cat` ends, and the session with it.
const SESSION = `
printf 'password\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
echo "$DBUS_SESSION_BUS_ADDRESS"
exec cat`

/** Starts a Secret Service on a bus of its own, unlocked and empty. */
export async function startSecretService(): Promise<SecretService> {
  const home = await mkdtemp(join(tmpdir(), 'secret-service-'))
  const child = spawn(COMMAND, ['--', 'sh', '-c', SESSION], {
    env: { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(child, 'close')
  const [busAddress] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => Promise.reject(new Error('The D-Bus session ended at its start'))),
  ])) as [string]
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
    await rm(home, { recursive: true, force: true })
  }
  return { busAddress, stop }
}
