import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { isInstalled } from '../../../scripts/tests/optional-tool.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'
import { TOOL_SCRIPT } from './tool-script.ts'

const WATCHDOG_MS = 300_000

let folder: string
let env: NodeJS.ProcessEnv

beforeEach(() => {
  folder = temporaryFolder()
  const configDir = join(folder, 'config')
  for (const profile of ['work', 'home']) {
    writeProfile(configDir, 'credentials', { access_token: 'a' }, profile)
  }
  const tool = join(folder, 'anthropic-auth')
  writeFileSync(
    tool,
    `#!/bin/sh\nexec '${process.execPath}' --conditions=@anthropic-auth/source '${TOOL_SCRIPT}' "$@"\n`,
  )
  chmodSync(tool, 0o755)
  writeFileSync(join(folder, 'only-here'), '#!/bin/sh\n', { mode: 0o755 })
  env = {
    PATH: `${folder}:${process.env['PATH']}`,
    HOME: folder,
    TERM: 'xterm',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    ANTHROPIC_CONFIG_DIR: configDir,
  }
})

// eslint-disable-next-line no-control-regex
const CONTROL = /\u001B\[[0-9;?]*[A-Za-z]/g

/** The words of a command line, with an unfinished last word, and its completions. */
const CASES: readonly (readonly [words: string, completions: readonly string[]])[] = [
  ['tok', ['token']],
  ['lo', ['login', 'logout']],
  ['login --mod', ['--mode']],
  ['login --mode ', ['console', 'max']],
  ['token --profile ', ['home', 'work']],
  ['use w', ['work']],
  ['completion f', ['fish']],
  ['--pl', ['--plain']],
  ['--plain tok', ['token']],
  ['list --pl', ['--plain']],
  ['help lis', ['list']],
]

describe.skipIf(!isInstalled('bash'))('the completion for bash', { timeout: WATCHDOG_MS }, () => {
  it.each([
    ...CASES,
    ['token --env=f', ['fish']] as const,
    ['token --profile =', ['home', 'work']] as const,
    ['token --profile=w', ['work']] as const,
    ['token --env = ', ['sh', 'bash', 'zsh', 'fish', 'powershell', 'dotenv']] as const,
  ])('of %j is %j', (words, completions) => {
    const typed = words
      .replace(/ *= */, ' = ')
      .replace(/= $/, words.endsWith('= ') ? '= ' : '=')
      .split(/ +/)
    const script = `eval "$(anthropic-auth completion bash)"
        COMP_WORDS=(anthropic-auth ${typed.map((word) => `'${word}'`).join(' ')})
        COMP_CWORD=${typed.length}
        _anthropic_auth
        printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' })
    expect(output.trim().split('\n')).toEqual(completions)
  })
})

describe.skipIf(!isInstalled('fish'))('the completion for fish', { timeout: WATCHDOG_MS }, () => {
  it.each(CASES)('of %j is %j', (words, completions) => {
    const script = `anthropic-auth completion fish | source; complete -C 'anthropic-auth ${words}'`
    const output = execFileSync('fish', ['--no-config', '-c', script], { env, encoding: 'utf8' })
    const found = output
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '')
    expect(found.toSorted()).toEqual(completions.toSorted())
  })
})

describe.skipIf(!isInstalled('zsh'))('the completion for zsh', { timeout: WATCHDOG_MS }, () => {
  it.each([
    ['below compinit', 'autoload -Uz compinit; compinit -u -d ./dump;'],
    ['without compinit', ''],
  ])('offers what fits on a terminal: %s', async (_where, setUp) => {
    const shell = spawn('zsh', ['-f', '-i'], { cols: 200, rows: 50, cwd: folder, env })
    onTestFinished(() => shell.kill('SIGKILL'))
    let output = ''
    shell.onData((text) => (output += text))
    const shows = async (pattern: RegExp): Promise<void> =>
      vi.waitFor(() => expect(output.replaceAll(CONTROL, '')).toMatch(pattern), { timeout: 100_000 })
    shell.write(`PS1='ready> '; ${setUp} source <(anthropic-auth completion zsh); echo load''ed\r`)
    await shows(/loaded[^]*ready> $/)
    // One match is inserted; several are listed below the line.
    for (const [words, pattern] of [
      ['tok', /anthropic-auth token /],
      ['login --mod', /login --mode[= ]/],
      ['use w', /use work /],
      ['--pl', /anthropic-auth --plain /],
      ['--plain tok', /--plain token /],
      ['help lis', /help list /],
      ['login --mode ', /console +max/],
      ['token --profile ', /home +work/],
      ['token --profile=', /home +work/],
      ['token --env ', /dotenv +fish +powershell +sh/],
      ['token --env=', /dotenv +fish +powershell +sh/],
      ['run -- only-he', /run -- only-here /],
      ['run --profile work -- ls conf', /-- ls config\//],
      ['run ls conf', /run ls config\//],
      ['log', /login +-- Log in[^]*logout +-- Revoke/],
    ] as const) {
      output = ''
      shell.write(`anthropic-auth ${words}\t`)
      await shows(pattern)
      output = ''
      shell.write('\u0003')
      // The shell ignores a Ctrl-C that arrives while it still completes.
      const pressing = setInterval(() => shell.write('\u0003'), 1000)
      await shows(/ready> $/)
      clearInterval(pressing)
    }
  })
})

describe('anthropic-auth completion', { timeout: WATCHDOG_MS }, () => {
  it('names the shells that it knows', async () => {
    const configDir = temporaryFolder()
    const end = await runTool(['completion', 'csh'], { configDir })
    expect([end.code, end.stderr]).toEqual([
      2,
      expect.stringContaining("Invalid shell 'csh': must be one of bash, zsh, fish."),
    ])
    expect(await runTool(['completion'], { configDir })).toMatchObject({ code: 2 })
  })
})
