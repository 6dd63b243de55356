import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { scanMarkdown } from '../scripts/docs/snippet.ts'
import type { CheckResult } from './checks/check.ts'

/** The pages whose programs need the packages that are installed here. */
const PAGES = ['ai-sdk', 'langchain']
const MESSAGE = 'This is the emulator: your token or key was accepted.'
// {"alg":"RS256"}.{"sub":"repo:octo/app"}
const IDENTITY_TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOm9jdG8vYXBwIn0.c2lnbmF0dXJl'

/** Runs the programs of the recipe pages unchanged, with the packed packages and the newest peers. */
export async function runRecipes(
  root: string,
  project: string,
  { apiUrl, executable }: { readonly apiUrl: string; readonly executable: string },
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const page of PAGES) {
    const path = join(project, `${page}.ts`)
    const [program] = scanMarkdown(readFileSync(join(root, `docs/recipes/${page}.md`), 'utf8')).snippets
    writeFileSync(path, program?.code ?? '')
    results.push({ name: `recipe ${page}`, problem: await problemOf(executable, path, apiUrl) })
  }
  return results
}

async function problemOf(executable: string, path: string, apiUrl: string): Promise<string | null> {
  const env = {
    ...process.env,
    ANTHROPIC_BASE_URL: apiUrl,
    ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_ci',
    ANTHROPIC_ORGANIZATION_ID: 'an-organization',
    ANTHROPIC_IDENTITY_TOKEN: IDENTITY_TOKEN,
    ANTHROPIC_API_KEY: undefined,
    ANTHROPIC_AUTH_TOKEN: undefined,
    LANGSMITH_TRACING: 'false',
  }
  try {
    const { stdout } = await promisify(execFile)(executable, [path], { env, timeout: 120_000 })
    return stdout.includes(MESSAGE) ? null : `it printed ${stdout}`
  } catch (error) {
    return String(error)
  }
}
