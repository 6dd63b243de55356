// Runs profile.ts in another thread of the program.
import { isMainThread, Worker } from 'node:worker_threads'

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) })
  thread.on('exit', (code) => (process.exitCode = code))
} else {
  await import('./profile.ts')
}
