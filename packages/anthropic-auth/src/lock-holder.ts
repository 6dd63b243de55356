import { errorCode } from './file-error.ts'
import { parseJsonObject } from './json-object.ts'
import { nodeBuiltin } from './node-builtin.ts'

/** Who holds a lock, as its file says. */
export interface LockHolder {
  /** Names this one taking of the lock: no two share it. */
  readonly token: string
  readonly pid: number
  /** Whose number `pid` is: the host's, on Linux also that of its pid namespace. */
  readonly host: string
  /** Tells the process from a later one with the same pid; `null` where the system doesn't say. */
  readonly startedAt: string | null
}

/** One whose process can't be looked at, on another host or without a start time, is taken for dead after this. */
const MAX_UNSEEN_MS = 600_000

const TOKEN = /^[\w-]{1,64}$/
const HOST = /^[\x20-\x7e]{0,300}$/

/** This process, about to take a lock. */
export async function newLockHolder(): Promise<LockHolder> {
  const process = await lookAt(globalThis.process.pid)
  return {
    token: crypto.randomUUID(),
    pid: globalThis.process.pid,
    host: await hostOfThisProcess(),
    startedAt: process?.startedAt ?? null,
  }
}

/** The holder that the text of a lock file names; `null` when it names none, as that of a file half written. */
export function parseLockHolder(text: string): LockHolder | null {
  const { token, pid, host, startedAt } = parseJsonObject(text) ?? {}
  // The token becomes part of a file's name, the pid of a question to the system.
  if (typeof token !== 'string' || !TOKEN.test(token)) return null
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null
  if (typeof host !== 'string' || !HOST.test(host)) return null
  return { token, pid, host, startedAt: typeof startedAt === 'string' ? startedAt : null }
}

/**
 * Whether a holder has ended without releasing its lock. Never so for one that lives, unless it can't be looked at and
 * has held the lock for ten minutes.
 *
 * @param modifiedAt - milliseconds; when its lock file was written
 */
export async function isDead(holder: LockHolder, modifiedAt: number): Promise<boolean> {
  const life = holder.host === (await hostOfThisProcess()) ? await lifeOf(holder) : 'unknown'
  return life === 'unknown' ? Date.now() - modifiedAt > MAX_UNSEEN_MS : life === 'dead'
}

async function lifeOf({ pid, startedAt }: LockHolder): Promise<'alive' | 'dead' | 'unknown'> {
  if (!hasProcess(pid)) return 'dead'
  const process = await lookAt(pid)
  if (process === null || startedAt === null) return 'unknown'
  return process.isZombie || process.startedAt !== startedAt ? 'dead' : 'alive'
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: there is one, of another user.
    return errorCode(error) !== 'ESRCH'
  }
}

/** What Linux tells of a process; `null` elsewhere, and of one that is hidden or gone. */
async function lookAt(pid: number): Promise<{ startedAt: string; isZombie: boolean } | null> {
  const stat = await readIfThere(`/proc/${pid}/stat`)
  // The second field is a name in parentheses that may hold anything, parentheses too.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields?.[19]
  if (fields === undefined || ticks === undefined) return null
  // The ticks count from the start of the system: one that has started anew since is another one.
  const boot = await readIfThere('/proc/sys/kernel/random/boot_id')
  return { startedAt: `${boot?.trim() ?? ''}/${ticks}`, isZombie: fields[0] === 'Z' || fields[0] === 'X' }
}

async function hostOfThisProcess(): Promise<string> {
  const { readlink } = nodeBuiltin('node:fs/promises')
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `${nodeBuiltin('node:os').hostname()} ${namespace}`.trim()
}

async function readIfThere(path: string): Promise<string | null> {
  return nodeBuiltin('node:fs/promises')
    .readFile(path, 'utf8')
    .catch(() => null)
}
