// Uses a file lock. Its arguments: `count N`, `hold`, `idle`, `log`, `look TIMEOUT_MS`, `take TIMEOUT_MS`, or `die AT`,
// then the path of the lock. `LOCK_TIMES`, as JSON, replaces the times by which to judge holders that can't be looked at.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { type FileLock, createFileLock } from '@anthropic-auth/profile-store/file-lock'
import { runLocked } from '../src/lock/lock-section.ts'
import type { LockTimes } from '../src/lock/lock-times.ts'
import { dieAtLockStep } from './death.ts'

const [command, argument = '', lockPath = ''] = process.argv.slice(2)
const timesJson = process.env['LOCK_TIMES']

function newLock(timeoutMs?: number): FileLock {
  if (timesJson === undefined) return createFileLock(lockPath, { timeoutMs })
  const times = JSON.parse(timesJson) as LockTimes
  return async (critical) => runLocked({ path: lockPath, times, timeoutMs: timeoutMs ?? 60_000 }, critical)
}

/** Without a working lock, two processes read the same number, and one count is lost. */
async function countOne(): Promise<void> {
  const path = `${lockPath}-count`
  const count = Number(readFileSync(path, 'utf8'))
  await new Promise((resolve) => setImmediate(resolve))
  writeFileSync(path, String(count + 1))
}

/** The log shows whether another process came in before this one went out. */
async function logOne(): Promise<void> {
  appendFileSync(`${lockPath}-log`, `in ${process.pid}\n`)
  await new Promise((resolve) => setTimeout(resolve, 1))
  appendFileSync(`${lockPath}-log`, `out ${process.pid}\n`)
}

async function hold(): Promise<void> {
  process.stdout.write('held')
  await new Promise(() => setInterval(() => undefined, 60_000))
}

/** Writes a dot before it waits, and afterwards how long it waited, in milliseconds, or the error. */
async function take(): Promise<void> {
  process.stdout.write('.')
  await reportTake()
}

async function reportTake(): Promise<void> {
  const startedAt = performance.now()
  try {
    await newLock(Number(argument))(async () => undefined)
    process.stdout.write(JSON.stringify({ waitedMs: performance.now() - startedAt }))
  } catch (error) {
    if (!isAnthropicAuthError(error, 'store_failed')) throw error
    process.stdout.write(JSON.stringify({ reason: error.reason, message: error.message, hint: error.hint }))
  }
}

/** Writes a dot each time before it looks at the lock file, and then the same as `take`. */
async function look(): Promise<void> {
  const lstat = fs.lstat.bind(fs) as (path: unknown) => Promise<unknown>
  fs.lstat = (async (path: unknown) => {
    if (path === lockPath) process.stdout.write('.')
    return lstat(path)
  }) as typeof fs.lstat
  await reportTake()
}

const withLock = newLock()
if (command === 'count') {
  for (let done = 0; done < Number(argument); done += 1) await withLock(countOne)
} else if (command === 'log') {
  process.stdout.write('started')
  for (;;) await withLock(logOne)
} else if (command === 'die') {
  dieAtLockStep(Number(argument))
  await withLock(async () => undefined)
} else if (command === 'idle') {
  // Nothing but the lock itself could keep this process alive.
  withLock(async () => new Promise(() => undefined)).catch(() => process.exit(1))
} else if (command === 'take') {
  await take()
} else if (command === 'look') {
  await look()
} else {
  await withLock(hold)
}
