import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  describeLock,
  errorCode,
  type LockHolder,
  lifeOf,
  readLockFile,
  lockPathOf,
} from '@anthropic-auth/profile-store/internal'
import type { ExaminedProfile } from './examined-profile.ts'
import { type Finding, ok, problem, problemOf, warning } from './finding.ts'

const FREE = ok('Free')

/** A waiting command gives up after this time. */
const LONG_MS = 60_000

/** Checks whether another process keeps commands from saving. */
export async function checkLock({ location }: ExaminedProfile): Promise<readonly Finding[]> {
  if (location.value === null) return []
  try {
    return [await lockFinding(lockPathOf(location.value.credentialsPath))]
  } catch (error) {
    return [problemOf(error)]
  }
}

/** Whether a running process holds the lock of a file. */
export async function isHeld(path: string): Promise<boolean> {
  const found = await readLockFile(lockPathOf(path)).catch(() => null)
  return found !== null && found.holder !== null && (await lifeOf(found.holder)) === 'alive'
}

async function lockFinding(path: string): Promise<Finding> {
  const found = await readLockFile(path)
  if (found === null) return FREE
  const { who, hint } = await describeLock(path, found)
  const message = `${path} is locked: ${who}`
  if (found.holder === null) return warning(message, hint)
  const life = await lifeOf(found.holder)
  if (life === 'dead') return leftBehind(path, found.holder)
  return life === 'alive' ? heldFinding(path, found.holder, hint) : warning(message, hint)
}

function leftBehind(path: string, { pid }: LockHolder): Finding {
  return warning(
    `${path} was left by process ${pid}, which has ended`,
    'Nothing to do: the next refresh or login removes it.',
  )
}

async function heldFinding(path: string, { pid }: LockHolder, hint: string): Promise<Finding> {
  const command = await commandOf(pid)
  const who = `process ${pid}${command === '' ? '' : ` (${command})`}`
  if (await isSuspended(pid)) {
    return problem(
      `${path} is held by ${who}, which is suspended`,
      `To resume it, run: kill -CONT ${pid}. To end it, run: kill -KILL ${pid}`,
    )
  }
  const since = await birthOf(path)
  // The holder has released it meanwhile.
  if (since === null) return FREE
  const heldMs = Date.now() - since
  if (heldMs < LONG_MS) return ok(`Held by ${who}, for ${Math.round(heldMs / 1000)} s`)
  return problem(`${path} has been held for ${Math.round(heldMs / 60_000)} min by ${who}`, hint)
}

/** Returns when a file was made, or `null` if there is no file. */
async function birthOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).birthtimeMs
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

/** Returns the names of a program and its script. Leaves out the other arguments, which may be secret. */
async function commandOf(pid: number): Promise<string> {
  const [program = '', ...args] = (await readProcess(pid, 'cmdline')).split('\0')
  const candidates = args.filter((argument) => argument !== '' && !argument.startsWith('-'))
  for (const argument of candidates.slice(0, 3)) {
    // A relative path is relative to the working directory of that process, not ours.
    const path = argument.startsWith('/') ? argument : join('/proc', String(pid), 'cwd', argument)
    const isFile = await stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    )
    if (isFile) return `${basename(program)} ${basename(argument)}`
  }
  return basename(program)
}

async function isSuspended(pid: number): Promise<boolean> {
  const text = await readProcess(pid, 'stat')
  // The second field is the name of the program in parentheses, and may contain parentheses itself.
  return /^[Tt]/.test(text.slice(text.lastIndexOf(')') + 2))
}

/** Reads a file of Linux about a process. Returns an empty text on other systems. */
async function readProcess(pid: number, file: 'cmdline' | 'stat'): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
}
