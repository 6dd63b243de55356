import { afterEach, describe, expect, it, vi } from 'vitest'
import { whileBusy } from './busy-file.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('whileBusy()', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('tries again after %s on Windows', async (code) => {
    stubPlatform('win32')
    const operation = failing(code, 3)
    expect(await settled(whileBusy(operation))).toBe('done')
    expect(operation).toHaveBeenCalledTimes(4)
  })

  it('gives up in the end, with the error of the last attempt', async () => {
    stubPlatform('win32')
    const operation = failing('EBUSY', Infinity)
    expect(await settled(whileBusy(operation))).toMatchObject({ code: 'EBUSY' })
    expect(operation).toHaveBeenCalledTimes(10)
  })

  it('does not try again for another reason, or on another system', async () => {
    stubPlatform('win32')
    const missing = failing('ENOENT', 1)
    expect(await settled(whileBusy(missing))).toMatchObject({ code: 'ENOENT' })
    expect(missing).toHaveBeenCalledTimes(1)
    stubPlatform('linux')
    const refused = failing('EPERM', 1)
    expect(await settled(whileBusy(refused))).toMatchObject({ code: 'EPERM' })
    expect(refused).toHaveBeenCalledTimes(1)
  })
})

function stubPlatform(platform: NodeJS.Platform): void {
  vi.useFakeTimers()
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
}

function failing(code: string, times: number) {
  let calls = 0
  return vi.fn<() => Promise<string>>(async () => {
    calls += 1
    if (calls > times) return 'done'
    throw Object.assign(new Error('not now'), { code })
  })
}

async function settled(work: Promise<string>): Promise<unknown> {
  const outcome = work.catch((error: unknown) => error)
  await vi.runAllTimersAsync()
  return outcome
}
