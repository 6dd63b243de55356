import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../src/cli/program.ts'
import { runToolForEach, type ToolRun } from './tool-batch.ts'
import { logInto } from './tool-login.ts'

const WATCHDOG_MS = 300_000
const URL_STEP = 'Use the form https://host, or http://localhost:port for a server on this machine.'

/** Values that an option refuses, each with its error. */
type WrongValues = readonly (readonly [value: string, problem: string, nextStep?: string])[]

const EMPTY: WrongValues = [
  ['', 'must not be empty.'],
  [' ', 'must not be empty.'],
]
const NOT_A_DURATION = 'must be a duration, such as 90, 90s, 10m or 2h.'
const NOT_A_TIMEOUT = 'must be between 1s and 24h.'
const NOT_A_MODE = 'must be console or max.'
const MODE_STEP =
  'Use --mode max for a Claude subscription, such as Pro or Max, and --mode console for API keys and the API.'
const HYPHEN = 'must not start with "-".'
const NOT_A_NAME = 'must contain only the letters a-z and A-Z, digits, ".", "_" and "-".'
const RESERVED = 'must not be "." or "..".'
const NOT_A_PORT = 'must be between 0 and 65535.'

const WRONG_URLS: WrongValues = [
  ...EMPTY,
  ['nonsense', 'must be an absolute URL that starts with https://.', URL_STEP],
  ['ftp://example.com', 'must be an absolute URL that starts with https://.', URL_STEP],
  ['http://example.com', 'must be https; http is for loopback hosts only.', URL_STEP],
  ['https://example.com?x=1', 'must not have a query.', URL_STEP],
  ['https://user@example.com', 'must not contain a user name or password.', URL_STEP],
]

/** A new option needs a line here, or the test fails. */
const WRONG_VALUES: Readonly<Record<string, WrongValues>> = {
  '--profile': [
    ...EMPTY,
    ['../x', NOT_A_NAME],
    ['a b', NOT_A_NAME],
    ['ünï', NOT_A_NAME],
    ['.', RESERVED],
    ['..', RESERVED],
    ['--all', HYPHEN],
  ],
  '--base-url': WRONG_URLS,
  '--console-url': WRONG_URLS,
  '--client-id': EMPTY,
  '--scope': EMPTY,
  '--workspace': EMPTY,
  '--organization': [
    ...EMPTY,
    [
      'Example',
      'is not a UUID.',
      "Use the organization's id, such as 01234567-89ab-cdef-0123-456789abcdef, not its name.",
    ],
  ],
  '--mode': [
    ['', NOT_A_MODE, MODE_STEP],
    ['Max', NOT_A_MODE, MODE_STEP],
    ['pro', NOT_A_MODE, MODE_STEP],
    ['claude', NOT_A_MODE, MODE_STEP],
    ['api', NOT_A_MODE, MODE_STEP],
  ],
  '--env': [['csh', 'must be one of sh, bash, zsh, fish, powershell, dotenv.']],
  '--port': [
    ['', NOT_A_PORT],
    ['65536', NOT_A_PORT],
    ['-1', NOT_A_PORT],
    ['1e3', NOT_A_PORT],
    ['http', NOT_A_PORT],
  ],
  '--timeout': [
    ['', NOT_A_DURATION],
    ['0', NOT_A_TIMEOUT],
    ['0.9', NOT_A_TIMEOUT],
    ['25h', NOT_A_TIMEOUT],
    ['99999999d', NOT_A_TIMEOUT],
    ['99999999999', NOT_A_TIMEOUT],
    ['-1', NOT_A_DURATION],
    ['10 m', NOT_A_DURATION],
    ['5x', NOT_A_DURATION],
  ],
  '--min-ttl': [
    ['', NOT_A_DURATION],
    ['-5', NOT_A_DURATION],
    ['2hours', NOT_A_DURATION],
    ['31d', 'must be 30d or less.'],
    ['99999999d', 'must be 30d or less.'],
    ['99999999999h', 'must be 30d or less.'],
  ],
}

const NOT_A_COMMAND =
  'must be one of login, token, status, whoami, run, list, use, refresh, create-key, logout, doctor, completion, help.'

/** Values that the argument of a command refuses. */
const WRONG_ARGUMENTS: Readonly<Record<string, WrongValues>> = {
  use: [...EMPTY, ['../x', NOT_A_NAME]],
  completion: [
    ['', 'must be one of bash, zsh, fish.'],
    ['csh', 'must be one of bash, zsh, fish.'],
  ],
  help: [['bogus', NOT_A_COMMAND]],
}

/** The valid arguments of a command, to which a test adds one mistake. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  login: ['--profile', 'default'],
  use: ['default'],
  run: ['true'],
  completion: ['bash'],
}

const program = createProgram({
  json: false,
  args: [],
  signal: new AbortController().signal,
  end: () => undefined,
  useProfile: () => undefined,
  releaseSignals: () => undefined,
})

/** A wrong use, with the two lines that the user should see. */
interface WrongUse {
  readonly args: readonly string[]
  readonly problem: string
  readonly nextStep: string
}

function wrongUse(args: readonly string[], problem: string, nextStep: string = helpStep(args)): WrongUse {
  return { args, problem: `Error: ${problem}`, nextStep }
}

function helpStep([command]: readonly string[]): string {
  return command === 'help'
    ? 'To see the commands, run: anthropic-auth --help'
    : `To see the options, run: anthropic-auth ${command} --help`
}

function wrongUsesOf(command: Command): readonly WrongUse[] {
  const name = command.name()
  const given = ARGUMENTS[name] ?? []
  return [
    wrongUse([name, '--bogus', ...given], "Unknown option '--bogus'."),
    wrongUse([name, '-x', ...given], "Unknown option '-x'."),
    ...wrongCounts(command),
    ...command.options.flatMap((option) => wrongOptionUses(name, given, option)),
  ]
}

/** The error of each command without its argument. */
const MISSING: Readonly<Record<string, readonly [problem: string, nextStep: string]>> = {
  use: ["'use' needs the name of a profile.", 'To see the profiles, run: anthropic-auth list'],
  run: ["'run' needs a program to run.", 'Put it at the end, as in: anthropic-auth run -- node app.js'],
  completion: [
    "'completion' needs the name of your shell.",
    'Use bash, zsh or fish, as in: anthropic-auth completion bash',
  ],
}

function wrongCounts(command: Command): readonly WrongUse[] {
  const [name, given] = [command.name(), ARGUMENTS[command.name()] ?? []]
  const [argument] = command.registeredArguments
  const [problem = '', nextStep] = MISSING[name] ?? []
  const missing = argument?.required === true ? [wrongUse([name], problem, nextStep)] : []
  if (argument?.variadic === true) return missing
  return [...missing, ...tooMany(name, given, argument?.name() ?? null)]
}

function tooMany(name: string, given: readonly string[], argument: string | null): readonly WrongUse[] {
  if (argument !== null) {
    const extra = wrongUse([name, given[0] ?? 'login', 'extra'], `'${name}' takes one argument, but got 2.`)
    return [extra, ...wrongArguments(name, argument)]
  }
  const command = name === 'list' ? 'status' : [name, ...given].join(' ')
  const problem = `'${name}' takes no argument, but got 'extra'.`
  const nextStep = `Did you mean: anthropic-auth ${command} --profile extra`
  return [
    wrongUse([name, ...given, 'extra'], problem, nextStep),
    wrongUse([name, 'a', 'b'], `'${name}' takes no arguments, but got 2.`),
  ]
}

function wrongArguments(name: string, argument: string): readonly WrongUse[] {
  return (WRONG_ARGUMENTS[name] ?? []).map(([value, problem]) =>
    wrongUse([name, value], `Invalid ${argument} '${value}': ${problem}`),
  )
}

function wrongOptionUses(name: string, needed: readonly string[], option: Option): readonly WrongUse[] {
  const long = option.long ?? ''
  const given = needed.includes(long) ? [] : needed
  if (!option.required && !option.optional) {
    return [wrongUse([name, `${long}=1`, ...given], `${long} takes no value.`, `Write only: ${long}`)]
  }
  const values = (WRONG_VALUES[long] ?? []).map(([value, problem, nextStep]) => {
    const start = nextStep === undefined || long === '--mode' ? `Invalid ${long} '${value}':` : long
    return wrongUse([name, `${long}=${value}`, ...given], `${start} ${problem}`, nextStep)
  })
  if (!option.required) return values
  return [...values, ...forgottenValues(name, given, option), ...repeated(name, option)]
}

/** What the options that take no text say about a negative number. */
const NEGATIVE: Readonly<Record<string, readonly [problem: string, nextStep?: string]>> = {
  '--mode': [NOT_A_MODE, MODE_STEP],
  '--port': [NOT_A_PORT],
  '--timeout': [NOT_A_DURATION],
  '--min-ttl': [NOT_A_DURATION],
}

/** The next option must not become the value of an option. */
function forgottenValues(name: string, given: readonly string[], option: Option): readonly WrongUse[] {
  const long = option.long ?? ''
  const forgotten = `${long} needs a value`
  const [problem, nextStep] = NEGATIVE[long] ?? [HYPHEN]
  return [
    wrongUse([name, long], `${forgotten}.`),
    wrongUse([name, long, '--', ...given], `${forgotten}.`),
    wrongUse([name, long, '--plain', ...given], `${forgotten}, but '--plain' follows.`),
    wrongUse([name, long, '-x', ...given], `${forgotten}, but '-x' follows.`),
    wrongUse([name, long, long, 'x', ...given], `${forgotten}, but '${long}' follows.`),
    wrongUse([name, long, '-5', ...given], `Invalid ${long} '-5': ${problem}`, nextStep),
  ]
}

/** Leaves out `--port` and `--scope`, which add to the earlier values. */
function repeated(name: string, { long, variadic }: Option): readonly WrongUse[] {
  if (variadic) return []
  return [
    wrongUse([name, `${long}=x`, `${long}=x`], `${long} is given twice.`, 'Leave out one of them.'),
    wrongUse([name, `${long}`, 'x', `${long}`, 'y'], `${long} is given twice.`, 'Leave out one of them.'),
  ]
}

function contentOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path}: ${readFileSync(path, 'utf8')}`)
    .toSorted()
}

describe('every command', { timeout: WATCHDOG_MS }, () => {
  const commands = program.commands

  it('has wrong values for each of its options and arguments in this test', () => {
    const options = commands.flatMap((command) => command.options)
    const withValues = options.filter(({ required, optional }) => required || optional)
    const names = new Set(withValues.map(({ long }) => long ?? ''))
    expect([...names].toSorted()).toEqual(Object.keys(WRONG_VALUES).toSorted())
    const withArgument = commands.filter(({ registeredArguments: [one] }) => one?.variadic === false)
    expect(withArgument.map((command) => command.name())).toEqual(Object.keys(WRONG_ARGUMENTS))
  })

  it('accepts --plain before and after its name', () => {
    for (const command of [program, ...commands]) {
      expect([command.name(), command.options.map(({ long }) => long)]).toEqual([
        command.name(),
        expect.arrayContaining(['--plain']),
      ])
    }
  })

  it('says what is wrong and what to do, exits with 2, and changes nothing', async () => {
    const { configDir, emulator } = await logInto()
    const before = contentOf(configDir)
    const requests = emulator.requests.length
    const uses = commands.flatMap((command) => wrongUsesOf(command))
    const runs = runToolForEach(
      uses.map(({ args }) => args),
      configDir,
    )
    const expected = uses.map(({ args, problem, nextStep }): ToolRun => {
      return { args, code: 2, stdout: '', stderr: `${problem}\n${nextStep}\n` }
    })
    expect(runs).toEqual(expected)
    expect(contentOf(configDir)).toEqual(before)
    expect(emulator.requests).toHaveLength(requests)
  })
})
