import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type IPty, spawn } from '@lydell/node-pty'

const PROMPT = 'aste the code here:'
const TIMEOUT_MS = 20_000
const CTRL_C = '\u0003'

/** Uses the library as an application does. */
const APPLICATION = `
  import { terminalLogin } from 'anthropic-auth'
  await terminalLogin({ mode: 'console', openBrowser: false, port: false }).catch(({ code }) => process.exit(code === 'aborted' ? 130 : 1))
`

/** Logs in with the library and with the tool, in a terminal, up to the prompt. Nothing is sent before a code is pasted. */
export async function promptProblems(consumer: string): Promise<string[]> {
  const tool = join(consumer, 'node_modules/anthropic-auth/dist/bin.js')
  const problems = await Promise.all([
    promptProblem(consumer, ['--input-type=module', '--eval', APPLICATION]),
    promptProblem(consumer, [tool, 'login', '--profile', 'work', '--no-browser']),
  ])
  return problems.filter((problem) => problem !== null)
}

async function promptProblem(cwd: string, args: readonly string[]): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-prompt-'))
  const env = { PATH: process.env['PATH'], TERM: 'xterm', ANTHROPIC_CONFIG_DIR: folder }
  try {
    return await promptProblemIn(spawn(process.execPath, [...args], { cwd, env, cols: 80, rows: 50 }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Presses Ctrl-C at the prompt. */
async function promptProblemIn(terminal: IPty): Promise<string | null> {
  const timer = setTimeout(() => terminal.kill('SIGKILL'), TIMEOUT_MS)
  let output = ''
  let isAsked = false
  terminal.onData((text) => {
    output += text
    if (isAsked || !output.includes(PROMPT)) return
    isAsked = true
    terminal.write(CTRL_C)
  })
  const code = await new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  clearTimeout(timer)
  return isAsked && code === 130 ? null : `ended with ${code}: ${output}`
}
