import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { TracedSave, type SaveResult } from './traced-save.ts'
import { type NewSave, type Save, type Server, timesSent, useLogin } from './save-scenarios.ts'
import { type SystemCall, SystemCallTrace } from './system-call-trace.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A fault at a system call of a save. */
export interface Fault {
  readonly call: SystemCall
  readonly kind: 'kill' | 'fail' | 'fail from then on'
  /** The error; `null` for a kill. */
  readonly error: string | null
}

/** The result of a fault. */
export interface Outcome {
  readonly isSent: boolean
  /** The reason why the next process can't use the login; `null` when it can. */
  readonly loss: string | null
  /** Any other problem. */
  readonly problems: readonly string[]
}

interface FaultRun {
  readonly save: Save
  /** `null`: the program was killed. */
  readonly result: SaveResult | null
  readonly calls: readonly SystemCall[]
}

const FILE_CALLS = 'trace=%file,%desc'
/** The number of a call may differ, since threads of the program write to each other at different times. */
const MAX_TRIES = 5

const ERRORS: Readonly<Record<string, readonly string[]>> = {
  openat: ['EMFILE'],
  pwrite64: ['ENOSPC'],
  // EBUSY: the file is a mount point.
  rename: ['ENOSPC', 'EBUSY'],
  // EPERM: the file system has no links. EEXIST: NFS reports this for a link that it has just made.
  link: ['EPERM', 'EEXIST'],
}
const PERSISTENT = new Set(['openat', 'pwrite64', 'ftruncate', 'fsync', 'rename', 'link', 'unlink'])

/** All faults that are tried at a call. */
export function faultsAt(call: SystemCall): readonly Fault[] {
  const errors = ERRORS[call.name] ?? ['EIO']
  return [
    { call, kind: 'kill', error: null },
    ...errors.map((error): Fault => ({ call, kind: 'fail', error })),
    ...(PERSISTENT.has(call.name) ? [{ call, kind: 'fail from then on', error: 'EIO' } as const] : []),
  ]
}

export function describeFault({ call, kind, error }: Fault): string {
  return `${kind} ${error ?? ''} at ${call.name} number ${call.number}: ${call.text}`
}

/** Makes saves with faults, one after the other. */
export class SaveFaults {
  readonly #server: Server
  readonly #newSave: NewSave
  readonly #script: string
  #program: TracedSave | null = null

  constructor(server: Server, newSave: NewSave, script: string) {
    this.#server = server
    this.#newSave = newSave
    this.#script = script
  }

  /** The system calls of a save without a fault, as far as they touch its folder. */
  async calls(threadOf: (program: TracedSave) => number = fileThread): Promise<readonly SystemCall[]> {
    const { save, calls } = await this.#run(['-e', FILE_CALLS], threadOf)
    await useLogin(this.#server, save, true)
    return calls
  }

  async meet(fault: Fault): Promise<Outcome> {
    const { save, result } = await this.#runUntilMet(fault)
    const sent = timesSent(this.#server, save)
    const isLockLeft = isLocked(save)
    // The next process would wait until this one can remove its lock, or ends.
    if (isLockLeft) await this.end()
    const loss = await useLogin(this.#server, save, sent > 0).then(() => null, messageOf)
    const remains = loss === null ? remainsOf(save) : []
    await save.store.lock(async () => save.store.remove())
    const problems = [
      ...(sent > 1 ? ['the same secret was sent again'] : []),
      ...(isLockLeft && fault.kind === 'fail' ? ['the lock stays'] : []),
      ...(loss !== null && result?.errors.length === 0 ? ['nobody was told'] : []),
      ...remains.map((name) => `${name} stays`),
      ...filesWithTokens(save).map((path) => `tokens stay in ${path}`),
    ]
    return { isSent: sent > 0, loss, problems }
  }

  async end(): Promise<void> {
    await this.#program?.end()
    this.#program = null
  }

  async #runUntilMet(fault: Fault): Promise<FaultRun> {
    const { call, kind, error } = fault
    const action = error === null ? 'signal=SIGKILL' : `error=${error}`
    const when = kind === 'fail from then on' ? `${call.number}+` : `${call.number}`
    const options = ['-e', `trace=${call.name}`, '-e', `inject=${call.name}:${action}:when=${when}`]
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const run = await this.#run(options)
      const isKilled = run.result === null
      if (isKilled) await this.end()
      const isMet = isKilled ? run.calls.at(-1)?.number === call.number : run.calls.some(isInjected)
      if (isMet && isKilled === (kind === 'kill')) return run
    }
    throw new Error(`The fault was not met: ${describeFault(fault)}`)
  }

  async #run(options: readonly string[], threadOf = fileThread): Promise<FaultRun> {
    const save = await this.#newSave(this.#server)
    this.#program ??= await TracedSave.start(this.#script)
    const thread = threadOf(this.#program)
    const trace = await SystemCallTrace.attach(thread, options, join(temporaryFolder(), 'log'))
    const result = await this.#program.do(save.job)
    const calls = await trace.end()
    return { save, result, calls: calls.filter(({ text }) => text.includes(save.job.configDir)) }
  }
}

function fileThread(program: TracedSave): number {
  return program.fileThread
}

function isLocked({ job }: Save): boolean {
  return existsSync(join(job.configDir, 'credentials', 'default.json.lock'))
}

function isInjected({ text }: SystemCall): boolean {
  return text.endsWith('(INJECTED)')
}

function messageOf(error: unknown): string {
  if (!isAnthropicAuthError(error)) throw error
  return `${error.code}: ${error.message}`
}

/** The files that an interrupted save leaves. The files of a lock are of no use, and are swept when a lock is broken. */
function remainsOf({ job }: Save): string[] {
  const names = readdirSync(join(job.configDir, 'credentials'))
  return names.filter((name) => /\.(tmp|probe|inplace)$/.test(name) && !name.includes('.lock.'))
}

function filesWithTokens({ job }: Save): string[] {
  const entries = readdirSync(job.configDir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'utf8').includes('sk-ant-'))
}
