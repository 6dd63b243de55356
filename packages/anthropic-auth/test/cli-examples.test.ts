import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Emulator } from '@anthropic-auth/testing'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { isInstalled } from '../../../scripts/tests/optional-tool.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { logInAt, logInto } from './tool-login.ts'
import { runTool, type ToolEnd } from './tool-process.ts'
import { TOOL_SCRIPT } from './tool-script.ts'

const WATCHDOG_MS = 300_000
const COMMANDS = [
  'login',
  'token',
  'status',
  'run',
  'list',
  'use',
  'refresh',
  'create-key',
  'logout',
  'doctor',
  'completion',
  'help',
]
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const SDK_PROGRAM = fileURLToPath(new URL('../../profile-store/test/sdk-process.ts', import.meta.url))
const LINK = /^https?:\S+\/oauth\/authorize\S+$/m
const MESSAGE = /^This is the emulator: your token or key was accepted/m

/** A user's machine: the tool on PATH, a browser, a program with the official SDK, and two logins. */
let folder: string
let emulator: Emulator

beforeEach(async () => {
  folder = temporaryFolder()
  const configDir = join(folder, 'config')
  emulator = (await logInto({ profile: 'work', configDir })).emulator
  const store = createProfileStore({ profile: 'default', configDir, baseUrl: emulator.url })
  await store.save(await logInAt(emulator))
  addProgram(
    'anthropic-auth',
    `exec '${process.execPath}' --conditions=@anthropic-auth/source '${TOOL_SCRIPT}' "$@"`,
  )
  addProgram('browser', `printf %s "$1" >'${opened()}.part'; mv '${opened()}.part' '${opened()}'`)
  addProgram('node', `exec '${process.execPath}' "$@"`)
  writeFileSync(join(folder, 'app.js'), `import(${JSON.stringify(SDK_PROGRAM)})`)
})

function opened(): string {
  return join(folder, 'opened')
}

function addProgram(name: string, script: string): void {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

/** Runs a script like a user, who logs in when a link is opened or shown. */
async function run(script: string, shell = 'sh'): Promise<ToolEnd> {
  const child = spawn(shell, ['-c', script.replaceAll('https://api.anthropic.com', emulator.apiUrl)], {
    cwd: folder,
    env: {
      PATH: `${folder}:${process.env['PATH']}`,
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: folder,
      BROWSER: join(folder, 'browser'),
      ANTHROPIC_CONFIG_DIR: join(folder, 'config'),
      ANTHROPIC_BASE_URL: emulator.apiUrl,
    },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (written[name] += text))
  }
  let isDone = false
  const look = async (): Promise<void> => {
    if (isDone) return
    if (script.includes('--watch') && written.stderr.includes('Refreshed')) {
      isDone = true
      child.kill('SIGTERM')
    }
    if (existsSync(opened())) {
      isDone = true
      const link = readFileSync(opened(), 'utf8')
      rmSync(opened())
      await emulator.visit(link)
    } else if (script.includes('--no-browser') && LINK.test(written.stderr)) {
      isDone = true
      child.stdin.write(`${await emulator.approve(LINK.exec(written.stderr)?.[0] ?? '')}\n`)
    }
  }
  const timer = setInterval(() => void look(), 20)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearInterval(timer)
  return { code, signal, ...written }
}

/** Returns the examples at the end of a help text, each without its prompt. */
function examplesOf(help: string): readonly string[] {
  const [, examples = ''] = help.split('\nExamples:\n')
  return examples
    .split(/^ {2}\$ /m)
    .map((example) => (example.split(/\n\n|\n(?! {4})/)[0] ?? '').trim())
    .filter((example) => example !== '')
}

/** Returns the code blocks of a language in the README's part on the command line. */
function blocksOf(language: string): readonly string[] {
  const [, part = ''] = README.split(/^## (?:On the command line|In a program)$/m)
  return [...part.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)\\n\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  )
}

/** The output that shows that an example works: its own, or that of a program that uses its result. */
async function expectToWork(example: string): Promise<void> {
  const use = useOf(example)
  const { code, stdout, stderr } = await run(`${setUpOf(example)}${example}\n${use}`, shellOf(example))
  expect(stderr).not.toMatch(/error/i)
  expect(code).toBe(0)
  expect(stdout).toMatch(outputOf(example, use))
}

/** Curl prints JSON, and a program with the SDK prints the API's text. Other tests check the output of the other examples. */
function outputOf(example: string, use: string): RegExp {
  if (example.includes('curl')) return /^\{"data":\[\{.*"id":/
  if (use.startsWith('echo')) return /^sk-ant-oat01-\S+\n$/
  return example.includes('app.js') || use.includes('app.js') ? MESSAGE : /^/
}

function shellOf(example: string): string {
  if (example.includes('bash')) return 'bash'
  if (example.includes('zsh')) return 'zsh'
  return example.endsWith('| source') ? 'fish' : 'sh'
}

function setUpOf(example: string): string {
  if (example.includes('zsh')) return 'autoload -Uz compinit; compinit -u\n'
  // The shell becomes the tool, so that a signal reaches it.
  return example.includes('--watch') ? 'exec ' : ''
}

function useOf(example: string): string {
  if (example.includes('app.js')) return ''
  if (example.includes('export ANTHROPIC_API_KEY')) return 'node app.js'
  if (example.includes('.env')) return 'node --env-file=.env app.js'
  if (example.includes('--env')) return 'node app.js'
  return example.startsWith('TOKEN=') ? 'echo "$TOKEN"' : ''
}

describe.skipIf(process.platform === 'win32')('the examples', { timeout: WATCHDOG_MS }, () => {
  it.each(['', ...COMMANDS])('of --help work as they are: %s', async (command) => {
    const { stdout } = await runTool([command, '--help'].filter(Boolean), { configDir: folder })
    const examples = examplesOf(stdout)
    expect(examples.length).toBeGreaterThan(1)
    for (const example of examples) {
      if (canRun(example)) await expectToWork(example)
    }
  })

  it('of token send nothing when the login has ended', async () => {
    const { stdout } = await runTool(['token', '--help'], { configDir: folder })
    const examples = examplesOf(stdout).filter((example) => example.includes('=$('))
    expect(examples).toHaveLength(2)
    rmSync(join(folder, 'config'), { recursive: true })
    const before = emulator.requests.length
    for (const example of examples) {
      const { code, stdout: output, stderr } = await run(example)
      expect([code, output]).toEqual([3, ''])
      expect(stderr).toMatch(/^Error: Not logged in/)
    }
    expect(emulator.requests).toHaveLength(before)
  })

  it('of the README work as they are', async () => {
    const examples = [...blocksOf('sh'), ...blocksOf('fish')]
    expect(examples.length).toBeGreaterThan(4)
    for (const example of examples) if (canRun(example)) await expectToWork(example)
  })
})

/** Linux distributions don't package PowerShell, so shell-assignments.test.ts compares its format. */
function canRun(example: string): boolean {
  return !example.includes('powershell') && isInstalled(shellOf(example))
}
