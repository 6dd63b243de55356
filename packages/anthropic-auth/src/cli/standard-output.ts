import { fstatSync, writeSync } from 'node:fs'
import { columns } from '../terminal/wrapped-text.ts'

let isStreamUsed = false
let problem: NodeJS.ErrnoException | null = null
let isTaken = false

/**
 * Writes to standard output. For a pipe, it bypasses Node's stream, which loads Node's network code: that would be a
 * sixth of the time of `token`.
 */
export function writeOutput(text: string): void {
  if (isStreamUsed || !isPipe()) process.stdout.write(text)
  else writeToPipe(Buffer.from(text))
}

function writeToPipe(bytes: Uint8Array): void {
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written)
  } catch {
    // The stream waits until a full pipe has room, and reports any other error.
    process.stdout.write(bytes.subarray(written))
  }
}

/** The width of the terminal that standard output goes to. It is infinite for files and pipes. */
export function outputWidth(): number {
  return isPipe() ? Number.POSITIVE_INFINITY : columns(process.stdout)
}

/** Whether standard output may have colors. `styleText()` decides the rest. */
export function mayHaveColors(): boolean {
  return !isPipe() || process.env['FORCE_COLOR'] !== undefined
}

let isPipeKnown: boolean | undefined

function isPipe(): boolean {
  return (isPipeKnown ??= findPipe())
}

function findPipe(): boolean {
  // Leave the pipes of Windows to the stream, which handles them better.
  if (process.platform === 'win32') return false
  try {
    const output = fstatSync(1)
    return output.isFIFO() || output.isSocket()
  } catch {
    return false
  }
}

/** Remembers an error of standard output. Errors of standard error are ignored: there is nowhere to show them. */
export function watchStreams(): void {
  atFirstUse('stdout', (stream) => {
    isStreamUsed = true
    stream.on('error', (error: NodeJS.ErrnoException) => void (problem ??= error))
  })
  atFirstUse('stderr', (stream) => void stream.on('error', () => undefined))
}

/** Calls `watch` when the stream is first read from `process`, which is when Node creates it. */
function atFirstUse(name: 'stdout' | 'stderr', watch: (stream: NodeJS.WriteStream) => void): void {
  const property = Object.getOwnPropertyDescriptor(process, name)
  if (property?.get === undefined || property.configurable !== true) {
    watch(process[name])
    return
  }
  Object.defineProperty(process, name, {
    ...property,
    get: () => {
      Object.defineProperty(process, name, property)
      const stream = process[name]
      watch(stream)
      return stream
    },
  })
}

/** Waits until everything is written. Returns the first error of standard output, and `null` once it was returned. */
export async function takeOutputProblem(): Promise<NodeJS.ErrnoException | null> {
  if (!isStreamUsed || isTaken) return null
  // The stream calls back before it reports an error.
  await new Promise<void>((resolve) => process.stdout.write('', () => void setImmediate(resolve)))
  isTaken = problem !== null
  return problem
}
