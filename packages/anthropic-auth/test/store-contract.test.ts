import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkTokenStore } from '@anthropic-auth/testing'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

describe('createProfileStore()', () => {
  it(
    'keeps the contract of TokenStore, in many processes and at damaged files',
    { timeout: 240_000 },
    async () => {
      const options = { profile: 'default', configDir: temporaryFolder() }
      const path = join(options.configDir, 'credentials', 'default.json')
      const checked = checkTokenStore(() => createProfileStore(options), {
        module: {
          url: new URL('../src/profile-store.ts', import.meta.url),
          exportName: 'createProfileStore',
          args: [options],
        },
        storage: { read: async () => readFile(path), write: async (bytes) => writeFile(path, bytes) },
        // A refresh does not take from the file what it does not repeat; the client is in another file.
        members: ['accessToken', 'refreshToken', 'expiresAt'],
      })
      await expect(checked).resolves.toBeUndefined()
    },
  )
})
