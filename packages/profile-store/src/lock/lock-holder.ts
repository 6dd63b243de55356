import { errorCode } from '../files/file-error.ts'
import { parseJsonObject } from '../files/json-object.ts'
import { nodeBuiltin } from '../files/node-builtin.ts'

/** Identifies a process to other processes. */
interface ProcessIdentity {
  /** The machine (on Linux, since its last boot); `null` if it can't be told apart from others. */
  readonly machine: string | null
  /** The Linux namespaces in which the pid and the start time are valid; `null` on other systems. */
  readonly namespaces: string | null
  /** Distinguishes the process from a later one with the same pid; `null` if the system doesn't say. */
  readonly startedAt: string | null
}

/** The holder of a lock, as its file names it: all that others need to judge whether it is alive. */
export interface LockHolder extends ProcessIdentity {
  /** Different each time that the lock is taken. */
  readonly token: string
  readonly pid: number
  /** For messages only: two machines may have the same name. */
  readonly host: string
}

const TOKEN = /^[\w-]{1,64}$/
const NO_MAC = '00:00:00:00:00:00'

/** This process, about to take a lock. */
export async function newLockHolder(): Promise<LockHolder> {
  return {
    token: crypto.randomUUID(),
    pid: process.pid,
    host: nodeBuiltin('node:os').hostname(),
    ...(await ownIdentity()),
  }
}

/** Reads the holder from the text of a lock file; `null` when it names none, such as a half-written one. */
export function parseLockHolder(text: string): LockHolder | null {
  const { token, pid, host, machine, namespaces, startedAt } = parseJsonObject(text) ?? {}
  // The token becomes part of a file's name, the pid of a question to the system.
  if (typeof token !== 'string' || !TOKEN.test(token)) return null
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null
  return {
    token,
    pid,
    host: stringOrNull(host) ?? '',
    machine: stringOrNull(machine),
    namespaces: stringOrNull(namespaces),
    startedAt: stringOrNull(startedAt),
  }
}

/**
 * Looks at the process of a holder. A stopped process is alive.
 *
 * @returns `'unknown'` for a process in another container or on another machine, and if the system can't tell it from
 *   a later process with the same pid
 */
export async function lifeOf(holder: LockHolder): Promise<'alive' | 'dead' | 'unknown'> {
  const own = await ownIdentity()
  if (!isHere(holder, own)) return 'unknown'
  if (!hasProcess(holder.pid)) return 'dead'
  if (holder.startedAt === null || own.startedAt === null) return 'unknown'
  const found = parseProcessStat(await readIfThere(`/proc/${holder.pid}/stat`))
  // The system hides it from other users, as with `hidepid`.
  if (found === null) return 'unknown'
  return found.isZombie || found.startedAt !== holder.startedAt ? 'dead' : 'alive'
}

/** Says where the process of a holder runs, as seen from this one. */
export async function whereIs(holder: LockHolder): Promise<'this process' | 'here' | 'elsewhere'> {
  const own = await ownIdentity()
  if (!isHere(holder, own)) return 'elsewhere'
  return holder.pid === process.pid && holder.startedAt === own.startedAt ? 'this process' : 'here'
}

function isHere(holder: ProcessIdentity, own: ProcessIdentity): boolean {
  return own.machine !== null && holder.machine === own.machine && holder.namespaces === own.namespaces
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: there is one, of another user.
    return errorCode(error) !== 'ESRCH'
  }
}

/** Cached once it is complete: it never changes while the process lives. */
let ownLinuxIdentity: ProcessIdentity | null = null

async function ownIdentity(): Promise<ProcessIdentity> {
  // Other systems have zones and jails, from which a living process can look as if it had ended.
  if (process.platform === 'darwin' || process.platform === 'win32') {
    return { machine: await networkIdentity(), namespaces: null, startedAt: null }
  }
  if (ownLinuxIdentity !== null) return ownLinuxIdentity
  const identity = await readLinuxIdentity()
  if (identity.machine !== null && identity.startedAt !== null) ownLinuxIdentity = identity
  return identity
}

async function readLinuxIdentity(): Promise<ProcessIdentity> {
  const [bootId, pidNamespace, timeNamespace, stat] = await Promise.all([
    readIfThere('/proc/sys/kernel/random/boot_id'),
    readLinkIfThere('/proc/self/ns/pid'),
    // The kernel reports start times relative to the reader's time namespace. Old kernels have none.
    readLinkIfThere('/proc/self/ns/time'),
    readIfThere('/proc/self/stat'),
  ])
  const isComplete = bootId !== null && bootId.trim() !== '' && pidNamespace !== null
  const self = parseProcessStat(stat)
  return {
    machine: isComplete ? bootId.trim() : null,
    namespaces: isComplete ? `${pidNamespace} ${timeNamespace ?? ''}`.trim() : null,
    // In a new pid namespace, /proc may still show the old one, where the same pids belong to other processes.
    startedAt: self?.pid === String(process.pid) ? self.startedAt : null,
  }
}

/** Tells two machines with the same name apart; `null` without a network. */
async function networkIdentity(): Promise<string | null> {
  const { hostname, networkInterfaces } = nodeBuiltin('node:os')
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const macs = new Set(addresses.map(({ mac }) => mac).filter((mac) => mac !== NO_MAC))
  if (macs.size === 0) return null
  const text = [hostname(), ...[...macs].toSorted()].join(' ')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Parses `/proc/<pid>/stat` of Linux. */
function parseProcessStat(text: string | null): { pid: string; startedAt: string; isZombie: boolean } | null {
  if (text === null) return null
  // The second field is a name in parentheses that may hold anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const startedAt = fields[19]
  if (startedAt === undefined) return null
  const pid = text.slice(0, text.indexOf(' '))
  return { pid, startedAt, isZombie: fields[0] === 'Z' || fields[0] === 'X' }
}

async function readIfThere(path: string): Promise<string | null> {
  return nodeBuiltin('node:fs/promises')
    .readFile(path, 'utf8')
    .catch(() => null)
}

async function readLinkIfThere(path: string): Promise<string | null> {
  return nodeBuiltin('node:fs/promises')
    .readlink(path)
    .catch(() => null)
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
