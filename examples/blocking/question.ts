import { readSync } from 'node:fs'

/** Asks for one line of standard input, and blocks until it has arrived. */
export function question(prompt: string): string {
  process.stdout.write(prompt)
  const byte = Buffer.alloc(1)
  const line: number[] = []
  while (readByte(byte) && byte[0] !== 10) line.push(...byte)
  return Buffer.from(line).toString()
}

/** Whether there is another byte. If standard input doesn't block, tries again a moment later. */
function readByte(into: Buffer): boolean {
  for (;;) {
    try {
      return readSync(0, into) > 0
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') return false
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}
