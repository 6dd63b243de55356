import { fork, type ChildProcess } from 'node:child_process'
import { on } from 'node:events'
import { extname } from 'node:path'
import { BrokenRule, within } from './broken-rule.ts'
import type { TokenRecipe } from './check-tokens.ts'

/** A module with which another process opens the same store. */
export interface TokenStoreModule {
  /** A file of JavaScript, or of TypeScript that the runtime takes as it is. */
  readonly url: string | URL
  /** The function of the module that makes the store. Default `createStore`. */
  readonly exportName?: string | undefined
  /** What it is called with: JSON values. Default none. */
  readonly args?: readonly unknown[] | undefined
}

/** The first message to a process. */
export interface OpenRequest {
  readonly module: { readonly url: string; readonly exportName: string; readonly args: readonly unknown[] }
  readonly recipe: TokenRecipe
  readonly timeoutMs: number
}

/** What a process is told to do, one thing after another. */
export type ProcessCommand =
  /** Adds one to the number of the stored set, under the lock, so many times. */
  | { readonly kind: 'count'; readonly times: number }
  /** Takes the lock, and keeps it. */
  | { readonly kind: 'hold' }
  /** Saves sets with rising numbers, for ever. */
  | { readonly kind: 'save'; readonly from: number }

/** When a process was inside the lock, by the clock that it shares with the others: milliseconds. */
export interface Stay {
  readonly enteredAt: number
  readonly leftAt: number
}

/** What a process says: where it stands, with the number of a set; which rule was broken; why there is no store. */
export type ProcessReport =
  | { readonly kind: 'opened' | 'locking' | 'held' | 'saved'; readonly number: number }
  | ({ readonly kind: 'counted' } & Stay)
  | { readonly kind: 'failed'; readonly rule: string }
  | { readonly kind: 'unopened'; readonly reason: string }

/** On a busy machine six processes take a while to start, which is not the store's fault. */
const START_MS = 120_000
/** How modules are found and loaded; all else, such as a debugger's port, is the parent's alone. */
const LOADING_OPTION = /^(?:-C|-r|--(?:conditions|require|import|loader|experimental-loader))$/
const LOADING_FLAG =
  /^--(?:(?:conditions|require|import|loader|experimental-loader)=|(?:no-)?experimental-|preserve-symlinks|no-warnings|disable-warning)/

/** Another process that has the store open. */
export class StoreProcess {
  readonly #child: ChildProcess
  readonly #reports: AsyncIterator<ProcessReport[], undefined>
  #lastSaved = -1

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#reports = on(child, 'message', { close: ['exit'] })[Symbol.asyncIterator]()
    // Of a message to a process that has ended: that there are no reports says it all.
    child.on('error', () => undefined)
    child.on('message', (report: ProcessReport) => {
      if (report.kind === 'saved') this.#lastSaved = report.number
    })
  }

  /** A process that has begun to open the store: {@link next} tells when it has. */
  static start(request: OpenRequest): StoreProcess {
    const worker = new URL(`store-process-entry${extname(import.meta.url)}`, import.meta.url)
    const child = fork(worker, [], {
      execArgv: loadingOptions(process.execArgv),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    // A message, not an argument, which others on this machine could read.
    child.send(request)
    return new StoreProcess(child)
  }

  /** The highest number of which a save has ended here. */
  get lastSaved(): number {
    return this.#lastSaved
  }

  /** @returns the number of the set that this process sees */
  async opened(timeoutMs: number): Promise<number> {
    const limitMs = Math.max(timeoutMs, START_MS)
    const rule = 'another process did not open the store'
    return within(limitMs, rule, async () => (await this.next('opened')).number)
  }

  command(command: ProcessCommand): void {
    this.#child.send(command)
  }

  /** Waits for the next report, which is of this kind. Unbounded in time. */
  async next<K extends ProcessReport['kind']>(kind: K): Promise<ProcessReport & { readonly kind: K }> {
    const [report] = (await this.#reports.next()).value ?? []
    if (report === undefined) {
      throw new Error(`A process of checkTokenStore() ended by itself, not yet ${kind}`)
    }
    if (report.kind === 'failed') throw new BrokenRule(report.rule)
    if (report.kind === 'unopened') throw new Error(`Another process can't open the store: ${report.reason}`)
    if (!isOfKind(report, kind)) {
      throw new Error(`A process of checkTokenStore() is ${report.kind}, not ${kind}`)
    }
    return report
  }

  /** As a crash does: without a chance to clean up. */
  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exited
  }
}

function isOfKind<K extends ProcessReport['kind']>(
  report: ProcessReport,
  kind: K,
): report is ProcessReport & { readonly kind: K } {
  return report.kind === kind
}

function loadingOptions(options: readonly string[]): string[] {
  return options.filter(
    (option, index) =>
      LOADING_OPTION.test(option) ||
      LOADING_FLAG.test(option) ||
      LOADING_OPTION.test(options[index - 1] ?? ''),
  )
}
