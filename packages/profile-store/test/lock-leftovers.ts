import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, vi } from 'vitest'
import { runLocked } from '../src/lock/lock-section.ts'
import type { LockTimes } from '../src/lock/lock-times.ts'
import { createFileLock } from '../src/lock/file-lock.ts'
import { type ChildProgram, startProgram } from './child-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The content of a lock file. */
export type Lock = Record<string, unknown>

/** Short times, after which a holder elsewhere soon counts as dead. */
export const SHORT_TIMES: LockTimes = { touchEveryMs: 50, deadAfterMs: 400, maxGapMs: 200 }

export function newLockPath(): string {
  return join(temporaryFolder(), 'the.lock')
}

export function filesBeside(path: string): string[] {
  return readdirSync(dirname(path)).toSorted()
}

export function readLock(path: string): Lock {
  return JSON.parse(readFileSync(path, 'utf8')) as Lock
}

/** Starts a process that holds the lock. */
export async function startHolder(path: string, env?: NodeJS.ProcessEnv): Promise<ChildProgram> {
  const holder = startProgram('lock-process.ts', ['hold', '', path], env)
  await holder.began
  return holder
}

export async function kill({ process: child, ended }: ChildProgram): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** Writes a lock file like this process would, except for the given members. */
export async function leaveLock(path: string, different: Lock): Promise<Lock> {
  const elsewhere = newLockPath()
  const own = await createFileLock(elsewhere)(async () => readLock(elsewhere))
  const lock = { ...own, token: 'left-behind', ...different }
  writeFileSync(path, JSON.stringify(lock))
  return lock
}

/** Writes a lock file of a process on another machine with the same name. */
export async function leaveForeignLock(path: string, different: Lock = {}): Promise<Lock> {
  return leaveLock(path, { machine: '11111111-2222-3333-4444-555555555555', ...different })
}

/** The lock file of a killed process. Made once, since starting a process takes time. */
let deadHolder: Promise<Lock> | undefined

async function killHolder(): Promise<Lock> {
  const path = newLockPath()
  await kill(await startHolder(path))
  return readLock(path)
}

/** Writes the lock file of a process that was killed. */
export async function leaveDeadLock(path: string): Promise<Lock> {
  const dead = { ...(await (deadHolder ??= killHolder())), token: crypto.randomUUID() }
  writeFileSync(path, JSON.stringify(dead))
  return dead
}

/** Leaves a lock whose holder was killed, and then the process that was breaking it, too. */
export async function leaveDeadBreaker(path: string): Promise<void> {
  const { token } = await leaveDeadLock(path)
  await leaveDeadLock(`${path}.${String(token)}.break`)
}

/** Expects that breaking a dead lock also removes other files of dead processes; half-written ones take a while. */
export async function expectNoRemains(path: string): Promise<void> {
  const breakOnce = async (): Promise<void> => {
    await leaveDeadLock(path)
    await runLocked({ path, times: SHORT_TIMES, timeoutMs: 60_000 }, async () => undefined)
    expect(filesBeside(path), basename(path)).toEqual([])
  }
  await vi.waitFor(breakOnce, { timeout: 60_000, interval: 20 })
}
