import { statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { startHeartbeat } from './lock-heartbeat.ts'

const WATCHDOG = { timeout: 60_000, interval: 5 }

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('startHeartbeat()', { timeout: 60_000 }, () => {
  it('touches the file again and again, each time with a new time', async () => {
    const { path, file } = await newFile()
    const heartbeat = startHeartbeat(file, 20)
    const seen = new Set<bigint>()
    await vi.waitFor(() => expect(seen.add(mtimeOf(path)).size).toBe(4), WATCHDOG)
    await heartbeat.stop()
  })

  it('touches every five seconds on request', async () => {
    vi.useFakeTimers()
    const { file } = await newFile()
    const utimes = vi.spyOn(file, 'utimes').mockResolvedValue(undefined)
    const heartbeat = startHeartbeat(file, 5_000)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(utimes).toHaveBeenCalledTimes(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(utimes).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(utimes).toHaveBeenCalledTimes(3)
    await heartbeat.stop()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(utimes).toHaveBeenCalledTimes(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['stands still', [1_000_000, 1_000_000, 1_000_000]],
    ['goes back', [1_000_000, 990_000, 1_001_000]],
  ])('changes the time of the file even with a clock that %s', async (_, times) => {
    const { path, file } = await newFile()
    const clock = vi.spyOn(Date, 'now')
    const heartbeat = startHeartbeat(file, 60_000)
    const seen: bigint[] = []
    for (const time of times) {
      clock.mockReturnValue(time)
      await heartbeat.touch()
      seen.push(mtimeOf(path))
    }
    expect(seen).toEqual([1_000_000_000_000n, 1_002_000_000_000n, 1_004_000_000_000n])
    await heartbeat.stop()
  })

  it('leaves a file alone that has replaced its own', async () => {
    const { path, file } = await newFile()
    const heartbeat = startHeartbeat(file, 60_000)
    unlinkSync(path)
    writeFileSync(path, 'of another holder')
    utimesSync(path, 1_000, 1_000)
    await heartbeat.touch()
    expect(mtimeOf(path)).toBe(1_000_000_000_000n)
    await heartbeat.stop()
  })

  it('goes on after a touch that failed', async () => {
    const { path, file } = await newFile()
    vi.spyOn(file, 'utimes').mockRejectedValueOnce(Object.assign(new Error('not here'), { code: 'EPERM' }))
    const before = mtimeOf(path)
    const heartbeat = startHeartbeat(file, 60_000)
    await heartbeat.touch()
    expect(mtimeOf(path)).toBe(before)
    await heartbeat.touch()
    expect(mtimeOf(path)).not.toBe(before)
    await heartbeat.stop()
  })

  it('waits for a touch that is under way before it closes the file', async () => {
    const { file } = await newFile()
    const log: string[] = []
    let finish!: () => void
    vi.spyOn(file, 'utimes').mockImplementation(async () => {
      await new Promise<void>((resolve) => (finish = resolve))
      log.push('touched')
    })
    const { close } = file
    vi.spyOn(file, 'close').mockImplementation(async () => {
      log.push('closed')
      return close.call(file)
    })
    const heartbeat = startHeartbeat(file, 60_000)
    const touches = [heartbeat.touch(), heartbeat.touch()]
    const stopped = heartbeat.stop()
    await new Promise((resolve) => setImmediate(resolve))
    finish()
    await Promise.all([...touches, stopped, heartbeat.touch()])
    expect(log).toEqual(['touched', 'closed'])
  })

  it("does not fail when the file can't be closed", async () => {
    const { file } = await newFile()
    const close = vi.spyOn(file, 'close').mockRejectedValueOnce(new Error('a disk that has gone'))
    expect(await startHeartbeat(file, 60_000).stop()).toBeUndefined()
    close.mockRestore()
    await file.close()
  })
})

async function newFile(): Promise<{ path: string; file: FileHandle }> {
  const path = join(temporaryFolder(), 'touched')
  return { path, file: await open(path, 'wx') }
}

function mtimeOf(path: string): bigint {
  return statSync(path, { bigint: true }).mtimeNs
}
