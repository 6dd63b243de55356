import { createTokenProvider, login, OAuthClient } from 'anthropic-auth'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { visit } from './callback-server-checks.ts'
import type { CheckResult, ReachableEmulator } from './login-checks.ts'

/** Logins with all that they need, where there are servers and files. */
export async function runUmbrellaChecks({
  endpoints,
  approveUrl,
}: ReachableEmulator): Promise<CheckResult[]> {
  const client = new OAuthClient({ endpoints })
  const approve = async (url: string): Promise<string> =>
    (await fetch(approveUrl, { method: 'POST', body: url })).text()
  const options = { mode: 'console', client, timeoutMs: 20_000 } as const
  return [
    await check('login() by the browser', async () => {
      const openBrowser = async (url: string): Promise<void> => {
        await visit((await approve(url)).replace('//localhost:', '//127.0.0.1:'))
      }
      return !(await login({ ...options, openBrowser })).isExpired()
    }),
    await check('login() by a pasted code, while it listens', async () => {
      const promptForCode = async ({ url }: { readonly url: string }): Promise<string> => approve(url)
      return !(await login({ ...options, openBrowser: false, promptForCode })).isExpired()
    }),
    await check('createTokenProvider() on a profile renews once for all callers', async () => {
      const promptForCode = async ({ url }: { readonly url: string }): Promise<string> => approve(url)
      const tokens = await login({ ...options, port: false, openBrowser: false, promptForCode })
      const store = createProfileStore({ profile: 'compat', configDir: temporaryFolder() })
      await store.save(tokens)
      const provider = createTokenProvider(client, { store })
      const results = await Promise.all(
        Array.from({ length: 20 }, async () => provider({ forceRefresh: true })),
      )
      const renewed = new Set(results.map(({ token }) => token))
      const saved = await store.load()
      return renewed.size === 1 && saved !== null && renewed.has(saved.accessToken)
    }),
  ]
}

function temporaryFolder(): string {
  const { mkdtempSync } = process.getBuiltinModule('node:fs')
  return mkdtempSync(`${process.getBuiltinModule('node:os').tmpdir()}/compat-`)
}

async function check(name: string, holds: () => Promise<boolean>): Promise<CheckResult> {
  try {
    return { name, problem: (await holds()) ? null : 'it does not' }
  } catch (error) {
    return { name, problem: String(error) }
  }
}
