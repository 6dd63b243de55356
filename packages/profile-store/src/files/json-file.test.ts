import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { createFile } from './json-file.ts'

const BYTES = new TextEncoder().encode('new\n')

describe('createFile()', () => {
  it.skipIf(process.platform === 'win32')('creates a file, and its folder, for this user alone', async () => {
    const path = join(temporaryFolder(), 'a', 'file')
    expect(await createFile(path, BYTES)).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('new\n')
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  it('leaves a file that is there already', async () => {
    const path = join(temporaryFolder(), 'file')
    writeFileSync(path, 'old\n')
    expect(await createFile(path, BYTES)).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe('old\n')
  })

  it.skipIf(process.platform === 'win32')('refuses a folder that other users can change', async () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o777)
    await expect(createFile(join(folder, 'file'), BYTES)).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'unsafe_file',
    })
  })
})
