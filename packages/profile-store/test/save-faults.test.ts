import { createTokenProvider } from '@anthropic-auth/core'
import { describe, expect, it } from 'vitest'
import { buildTracedSave } from './traced-save.ts'
import { skipUnlessRoot } from './mounts.ts'
import { type Fault, type Outcome, SaveFaults, describeFault, faultsAt } from './save-fault.ts'
import {
  type NewSave,
  newLogin,
  newLoginOverBlankFile,
  newRefresh,
  newRefreshInMountedFile,
  startServer,
  useLogin,
} from './save-scenarios.ts'
import { tracingProblem } from './system-call-trace.ts'

const WATCHDOG_MS = 1_800_000
/** Failed saves are repeated for five seconds, so most of the time is spent waiting. */
const SLOW_LANES = 8
const FAST_LANES = 4

/** The gaps that no client can close: see docs/lost-logins.md. */
const KILLED = 'killed between the response and the write'
const NO_WRITES = 'the disk takes no writes any more'
const NO_FILES = 'no file can be opened any more'

const CHANGE = /^(write|pwrite64|ftruncate|fsync|rename|link|unlink|mkdir|fchmod)$/
const OPENED_TO_CHANGE = /\bO_(CREAT|RDWR)\b/
/** The first write of new tokens. */
const TOKENS_WRITTEN = /^pwrite64\(.*\.tmp>/

const problem = await tracingProblem()
if (problem !== null) console.warn(`not run: fault injection tests of packages/anthropic-auth (${problem})`)

describe('a save whose system calls fail, or whose process is killed', { timeout: WATCHDOG_MS }, () => {
  it('keeps the login when it is refreshed', async ({ skip }) => {
    if (problem !== null) skip(problem)
    const lost = await lostLogins(newRefresh, (fault) => fault.kind === 'fail' || isAtChange(fault))
    expect(lost).toEqual({ [KILLED]: 3, [NO_WRITES]: 1 })
  })

  it('keeps the login when it is refreshed in a file that is mounted by itself', async (context) => {
    skipUnlessRoot(context)
    if (problem !== null) context.skip(problem)
    const lost = await lostLogins(newRefreshInMountedFile, isAtChange)
    expect(lost).toEqual({ [KILLED]: 3, [NO_WRITES]: 1 })
  })

  it('keeps a new login', async ({ skip }) => {
    if (problem !== null) skip(problem)
    const lost = await lostLogins(newLogin, (fault) => fault.kind === 'fail' || isAtChange(fault))
    expect(lost).toEqual({ [KILLED]: 8, [NO_WRITES]: 1, [NO_FILES]: 2 })
  })

  it('keeps a new login that replaces a blank file', async ({ skip }) => {
    if (problem !== null) skip(problem)
    const lost = await lostLogins(newLoginOverBlankFile, isAtChange)
    expect(lost).toEqual({ [KILLED]: 8, [NO_WRITES]: 1, [NO_FILES]: 2 })
  })
})

describe('a refresh', { timeout: WATCHDOG_MS }, () => {
  it('does all its file operations in the one thread whose system calls fail here', async ({ skip }) => {
    if (problem !== null) skip(problem)
    const faults = new SaveFaults(await startServer(), newRefresh, await buildTracedSave())
    expect(await faults.calls(({ pid }) => pid)).toEqual([])
    await faults.end()
  })

  it('loses the login when the response is lost on the network', async () => {
    const server = await startServer()
    const save = await newRefresh(server)
    server.emulator.faults.next('token', { type: 'reset_after' })
    const provider = createTokenProvider(server.client, { store: save.store })
    await expect(provider()).rejects.toMatchObject({ code: 'network_error' })
    await expect(useLogin(server, save, true)).rejects.toMatchObject({ code: 'reauthentication_required' })
  })
})

/** Makes a save with each possible fault. Counts the lost logins and the other problems. */
async function lostLogins(
  newSave: NewSave,
  isTried: (fault: Fault) => boolean,
): Promise<Record<string, number>> {
  const server = await startServer()
  const script = await buildTracedSave()
  const first = new SaveFaults(server, newSave, script)
  const calls = await first.calls()
  await first.end()

  const written = calls.findIndex(({ text }) => TOKENS_WRITTEN.test(text))
  const isInWindow = ({ call }: Fault): boolean => calls.indexOf(call) <= written
  const counts: Record<string, number> = {}
  const meetAll = async (queue: Fault[]): Promise<void> => {
    const faults = new SaveFaults(server, newSave, script)
    for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
      const outcome = await faults.meet(fault)
      for (const name of findings(fault, outcome, isInWindow(fault))) counts[name] = (counts[name] ?? 0) + 1
    }
    await faults.end()
  }

  const faults = calls.flatMap(faultsAt).filter(isTried)
  const slow = faults.filter(({ kind }) => kind === 'fail from then on')
  const fast = faults.filter(({ kind }) => kind !== 'fail from then on')
  await Promise.all([
    ...Array.from({ length: SLOW_LANES }, async () => meetAll(slow)),
    ...Array.from({ length: FAST_LANES }, async () => meetAll(fast)),
  ])
  return counts
}

function findings(fault: Fault, { isSent, loss, problems }: Outcome, isInWindow: boolean): string[] {
  const window = isSent && isInWindow ? windowOf(fault) : null
  const lost = loss === null ? [] : [window ?? `${loss}, after ${describeFault(fault)}`]
  return [...lost, ...problems.map((each) => `${each}, after ${describeFault(fault)}`)]
}

function windowOf({ call, kind }: Fault): string | null {
  if (kind === 'kill') return KILLED
  if (kind === 'fail') return null
  return { pwrite64: NO_WRITES, openat: NO_FILES }[call.name] ?? null
}

/** Wherever a process is killed between two changes, it leaves the same files behind. */
function isAtChange({ call: { name, text } }: Fault): boolean {
  return CHANGE.test(name) || OPENED_TO_CHANGE.test(text)
}
