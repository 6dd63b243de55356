// Refreshes the login of a profile, or makes a new one, for each line of JSON on standard input, and writes a line when
// that is done. Its argument is the path of a lock file that it may use.
import { createInterface } from 'node:readline'
import {
  OAuthClient,
  type TokenProviderOptions,
  createTokenProvider,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import { createFileLock } from '@anthropic-auth/profile-store/file-lock'
import { createProfileStore } from '@anthropic-auth/profile-store'
import type { SaveJob, SaveResult } from './traced-save.ts'

type OnError = TokenProviderOptions['onError']

/** Saves like a program that uses the login. */
async function refresh(client: OAuthClient, { configDir }: SaveJob, onError: OnError): Promise<void> {
  const store = createProfileStore({ profile: 'default', configDir })
  await createTokenProvider(client, { store, onError })()
}

/** Saves like the command line tool. */
async function logIn(client: OAuthClient, { configDir, login }: SaveJob): Promise<void> {
  if (login === undefined) return
  const store = createProfileStore({ profile: 'default', configDir })
  await store.lock(async () => store.prepareSave())
  const tokens = await client.exchangeCode(login.response, login.flow)
  await createTokenProvider(client, { store, tokens }).setTokens(tokens)
}

async function run(job: SaveJob): Promise<SaveResult> {
  const client = new OAuthClient({ endpoints: job.endpoints })
  const errors: string[] = []
  try {
    if (job.login === undefined) await refresh(client, job, ({ code }) => void errors.push(code))
    else await logIn(client, job)
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    errors.push(error.code)
  }
  return { errors }
}

// Do everything that a process does only once, such as reading its own identity, before the first job.
await createFileLock(process.argv[2] ?? '')(async () => undefined)
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line) as SaveJob))}\n`)
}
