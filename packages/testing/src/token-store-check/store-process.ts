import { fork, type ChildProcess } from 'node:child_process'
import { on } from 'node:events'
import { extname } from 'node:path'
import { BrokenRule, within } from './broken-rule.ts'
import type { TokenRecipe } from './check-tokens.ts'

/** A module that opens the same store in another process. */
export interface TokenStoreModule {
  /** A JavaScript file, or a TypeScript file that the runtime can load. */
  readonly url: string | URL
  /**
   * The name of the exported function that creates the store.
   *
   * @default 'createStore'
   */
  readonly exportName?: string | undefined
  /**
   * The arguments of that function, as JSON values.
   *
   * @default []
   */
  readonly args?: readonly unknown[] | undefined
}

/** The first message to a process. */
export interface OpenRequest {
  readonly module: { readonly url: string; readonly exportName: string; readonly args: readonly unknown[] }
  readonly recipe: TokenRecipe
  readonly timeoutMs: number
}

/** A command for a process, which obeys them one after another. */
export type ProcessCommand =
  /** Adds one to the number of the stored set under the lock, `times` times. */
  | { readonly kind: 'count'; readonly times: number }
  /** Takes the lock and keeps it. */
  | { readonly kind: 'hold' }
  /** Saves sets with increasing numbers until it is killed. */
  | { readonly kind: 'save'; readonly from: number }

/** The time that a process was inside the lock, in milliseconds of the machine's clock. */
export interface Stay {
  readonly enteredAt: number
  readonly leftAt: number
}

/** A report of a process: its progress with the number of a set, a broken rule, or the reason why it has no store. */
export type ProcessReport =
  | { readonly kind: 'opened' | 'locking' | 'held' | 'saved'; readonly number: number }
  | ({ readonly kind: 'counted' } & Stay)
  | { readonly kind: 'failed'; readonly rule: string }
  | { readonly kind: 'unopened'; readonly reason: string }

/** On a busy machine, six processes take a while to start. That is not the store's fault. */
const START_MS = 120_000
/** The options that say how modules are loaded. The others, such as a debugger's port, belong to the parent alone. */
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
    // Sending to a process that has ended emits an error. The end of its reports says enough.
    child.on('error', () => undefined)
    child.on('message', (report: ProcessReport) => {
      if (report.kind === 'saved') this.#lastSaved = report.number
    })
  }

  /** Starts a process, which begins to open the store. {@link opened} waits for it. */
  static start(request: OpenRequest): StoreProcess {
    const worker = new URL(`store-process-entry${extname(import.meta.url)}`, import.meta.url)
    const child = fork(worker, [], {
      execArgv: loadingOptions(process.execArgv),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    // As an argument, other users of this machine could read it.
    child.send(request)
    return new StoreProcess(child)
  }

  /** The number of the last finished save. */
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

  /** Waits for the next report, which must be of this kind. It has no time limit. */
  async next<K extends ProcessReport['kind']>(kind: K): Promise<ProcessReport & { readonly kind: K }> {
    const [report] = (await this.#reports.next()).value ?? []
    if (report === undefined) {
      throw new Error(`A process of checkTokenStore() ended before it was ${kind}`)
    }
    if (report.kind === 'failed') throw new BrokenRule(report.rule)
    if (report.kind === 'unopened') throw new Error(`Another process can't open the store: ${report.reason}`)
    if (!isOfKind(report, kind)) {
      throw new Error(`A process of checkTokenStore() is ${report.kind}, not ${kind}`)
    }
    return report
  }

  /** Kills the process like a crash, without a chance to clean up. */
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
