// A process that uses a file lock: `count N`, `hold`, `log`, or `die AT`, then the path of the lock.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createFileLock } from 'anthropic-auth/file-lock'
import { dieAtStep } from './death.ts'

const [command, argument = '', lockPath = ''] = process.argv.slice(2)
const withLock = createFileLock(lockPath)

/** Without a lock that excludes, two processes read the same number, and one count is lost. */
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

if (command === 'count') {
  for (let done = 0; done < Number(argument); done += 1) await withLock(countOne)
} else if (command === 'log') {
  process.stdout.write('started')
  for (;;) await withLock(logOne)
} else if (command === 'die') {
  dieAtStep(Number(argument))
  await withLock(async () => undefined)
} else {
  await withLock(hold)
}
