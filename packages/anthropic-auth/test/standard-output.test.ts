import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'

const SCRIPT = join(import.meta.dirname, 'full-pipe-process.ts')

describe('writeOutput()', () => {
  it.skipIf(process.platform === 'win32')('waits until a full pipe has room, and loses nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'full-pipe-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const writer = spawn(process.execPath, ['--conditions=@anthropic-auth/source', SCRIPT, pipe], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    onTestFinished(() => void writer.kill('SIGKILL'))
    const written = once(writer, 'close')
    const [error] = (await once(writer.stderr, 'data')) as [Buffer]
    expect(String(error)).toBe('EAGAIN')
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void reader.kill('SIGKILL'))
    expect(await text(reader.stdout)).toMatch(/^\.+the last line\n$/)
    expect(await written).toEqual([0, null])
  })
})
