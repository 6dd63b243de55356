import { createTokenProvider, login, OAuthClient } from 'anthropic-auth'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { visit } from './callback-server-checks.ts'
import { assertEqual, type CheckResult, resultsOf } from './check.ts'
import type { ReachableEmulator } from './check-setup.ts'

/** Whole logins, for runtimes with servers and files. */
export async function runUmbrellaChecks({
  endpoints,
  approveUrl,
}: ReachableEmulator): Promise<CheckResult[]> {
  const client = new OAuthClient({ endpoints })
  const approve = async (url: string): Promise<string> =>
    (await fetch(approveUrl, { method: 'POST', body: url })).text()
  const options = { mode: 'console', client, timeoutMs: 20_000 } as const
  return resultsOf({
    'login() by the browser': async () => {
      const openBrowser = async (url: string): Promise<void> => {
        await visit((await approve(url)).replace('//localhost:', '//127.0.0.1:'))
      }
      assertEqual((await login({ ...options, openBrowser })).isExpired(), false)
    },
    'login() by a pasted code, while it listens': async () => {
      const promptForCode = async ({ url }: { readonly url: string }): Promise<string> => approve(url)
      assertEqual((await login({ ...options, openBrowser: false, promptForCode })).isExpired(), false)
    },
    'createTokenProvider() on a profile refreshes once for all callers': async () => {
      const promptForCode = async ({ url }: { readonly url: string }): Promise<string> => approve(url)
      const tokens = await login({ ...options, port: false, openBrowser: false, promptForCode })
      const store = createProfileStore({ profile: 'compat', configDir: temporaryFolder() })
      await store.save(tokens)
      const provider = createTokenProvider(client, { store })
      const results = await Promise.all(
        Array.from({ length: 20 }, async () => provider({ forceRefresh: true })),
      )
      const refreshed = new Set(results.map(({ token }) => token))
      const saved = await store.load()
      assertEqual(refreshed.size, 1)
      assertEqual(refreshed.has(saved?.accessToken ?? ''), true)
    },
  })
}

function temporaryFolder(): string {
  const { mkdtempSync } = process.getBuiltinModule('node:fs')
  return mkdtempSync(`${process.getBuiltinModule('node:os').tmpdir()}/compat-`)
}
