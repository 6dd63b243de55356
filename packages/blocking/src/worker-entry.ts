import type { WorkerOptions } from 'node:worker_threads'

/** The program of a worker, and how to start it. */
export interface WorkerEntry {
  readonly source: string | URL
  readonly options: Pick<WorkerOptions, 'eval' | 'execArgv'>
}

const CONDITION = '--conditions=@anthropic-auth/source'

/**
 * Returns the worker's file when the package runs from source. The build replaces this function with one that returns
 * the whole worker as a string, because a bundler of the user's program would leave out a separate file.
 */
export function workerEntry(): WorkerEntry {
  return {
    source: new URL('./worker.ts', import.meta.url),
    // A worker inherits the condition, unless a test runner resolves the source in another way.
    options: process.execArgv.includes(CONDITION) ? {} : { execArgv: [CONDITION] },
  }
}
