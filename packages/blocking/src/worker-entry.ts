import type { WorkerOptions } from 'node:worker_threads'

/** What a worker is started from. */
export interface WorkerEntry {
  readonly source: string | URL
  readonly options: Pick<WorkerOptions, 'eval' | 'execArgv'>
}

const CONDITION = '--conditions=@anthropic-auth/source'

/**
 * From source, a file. The build puts another function here, which has the whole worker as a text: a bundler of the
 * user's program would not take a file along.
 */
export function workerEntry(): WorkerEntry {
  return {
    source: new URL('./worker.ts', import.meta.url),
    // Inherited, unless what runs this is no Node that was told where the source is.
    options: process.execArgv.includes(CONDITION) ? {} : { execArgv: [CONDITION] },
  }
}
