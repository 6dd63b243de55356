import '../test/cheap-keys.ts'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkTokenStore } from '@anthropic-auth/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEncryptedFileStore } from './encrypted-file-store.ts'

// The tests start processes.
vi.setConfig({ testTimeout: 300_000 })

// The processes inherit the options of this one.
process.execArgv.push(`--import=${new URL('../test/cheap-keys.ts', import.meta.url).href}`)

const MODULE = new URL('encrypted-file-store.ts', import.meta.url)

/** The test of a full disk needs a file system in memory, which only root can mount. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0

describe('createEncryptedFileStore()', () => {
  let home: string
  let options: { readonly path: string; readonly passphrase: string; readonly cost: number }

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'encrypted-file-'))
    options = { path: join(home, 'app', 'tokens'), passphrase: 'correct horse battery staple', cost: 14 }
  })
  afterEach(async () => rm(home, { recursive: true }))

  it('keeps the contract of a token store', async () => {
    const checked = checkTokenStore(() => createEncryptedFileStore(options), {
      module: { url: MODULE, exportName: 'createEncryptedFileStore', args: [options] },
      storage: {
        read: async () => readFile(options.path),
        write: async (bytes) => writeFile(options.path, bytes),
      },
    })
    await expect(checked).resolves.toBeUndefined()
  })

  it.skipIf(!canMount)('proves that it can save before a token is used up', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', home])
    try {
      const checked = checkTokenStore(() => createEncryptedFileStore(options), {
        breakSaves: async () => {
          const filler = join(home, 'filler')
          await writeFile(filler, Buffer.alloc(262_144)).catch(() => undefined)
          return async () => rm(filler)
        },
      })
      await expect(checked).resolves.toBeUndefined()
    } finally {
      execFileSync('umount', ['-l', home])
    }
  })
})
