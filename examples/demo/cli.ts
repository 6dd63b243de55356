import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmulator, type Emulator } from '@anthropic-auth/testing'
import { mask } from './mask.ts'
import { narration } from './narration.ts'

const TOOL = fileURLToPath(new URL('../../packages/anthropic-auth/src/bin.ts', import.meta.url))
const LINK = /^https?:\S+\/oauth\/authorize\S+$/m
const SECRETS = /sk-ant-[\w-]+/g
/** Prints the response that the official SDK gets with only its environment. */
const PROGRAM = fileURLToPath(new URL('sdk-request.ts', import.meta.url))

/** Shows a session of the command line tool with the emulator, in a folder that is removed afterwards. */
export async function showCommandLine(): Promise<void> {
  narration.title('anthropic-auth: the command line tool')
  await using emulator = await startEmulator()
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-demo-'))
  try {
    for (const [what, ...args] of SESSION) {
      narration.step(what)
      const host = args[0] === 'login' ? ['--base-url', emulator.url] : []
      await runTool([...args, ...host], folder, emulator)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  narration.summary(['every command of this session exited with code 0'])
}

const SESSION: readonly (readonly [what: string, ...args: string[]])[] = [
  ['Log in to a profile, with a pasted code', 'login', '--profile', 'demo', '--no-browser'],
  ['See who is logged in', 'status', '--profile', 'demo', '--check'],
  ['Make it the active profile', 'use', 'demo'],
  ['List the profiles', 'list'],
  ['Run a program with the official SDK', 'run', '--', 'node', 'app.ts'],
  ['Get the headers for curl', 'token', '--header'],
  ['Refresh the tokens', 'refresh'],
  ['Create an API key', 'create-key'],
  ['Log out', 'logout'],
]

async function runTool(args: readonly string[], folder: string, emulator: Emulator): Promise<void> {
  narration.line(`$ anthropic-auth ${args.join(' ')}`)
  const program = args.map((arg) => (arg === 'app.ts' ? PROGRAM : arg === 'node' ? process.execPath : arg))
  const child = spawn(process.execPath, ['--conditions=@anthropic-auth/source', TOOL, ...program], {
    env: { PATH: process.env['PATH'], HOME: folder, ANTHROPIC_CONFIG_DIR: join(folder, 'config') },
  })
  let output = ''
  let isApproved = false
  let pasted = Promise.resolve()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const link = LINK.exec(output)?.[0]
      if (link === undefined || isApproved) return
      isApproved = true
      pasted = emulator.approve(link).then((response) => void child.stdin.end(`${response}\n`))
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  await pasted
  for (const line of output.replace(/^\n+|\s+$/g, '').split('\n')) {
    narration.output(line.replaceAll(SECRETS, mask))
  }
  if (code !== 0) throw new Error(`anthropic-auth ${args.join(' ')} exited with code ${code}`)
}
