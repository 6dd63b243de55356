import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { errorCode, locateProfile } from '@anthropic-auth/profile-store/internal'
import { isMachineLogin, openAnyLogin } from './any-login.ts'
import { CommandTokenProvider } from './command-token-provider.ts'
import { reportError, reportWarning } from './error-report.ts'
import { lastingToken, tokenEnvironment } from './lasting-token.ts'
import { OVERRIDING_VARIABLES } from './overriding-variables.ts'
import { keepRefreshed } from './background-refresh.ts'
import type { CommandContext } from './command-context.ts'
import { refreshProblem } from './refresh-problem.ts'
import type { CommonFlags } from './common-flags.ts'
import { checkedUrl, hostOf } from './host-settings.ts'
import type { StoredLogin } from './stored-login.ts'
import { withoutCredentials } from './token-headers.ts'

export interface RunFlags extends CommonFlags {
  readonly token?: boolean
}

/** The exit codes of shells for a program that can't be started. */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126
/** With less, the token could expire before the first refresh. */
const MIN_TTL_SECONDS = 300

/** `anthropic-auth run` */
export async function runProgram(
  argv: readonly string[],
  flags: RunFlags,
  context: CommandContext,
): Promise<void> {
  const login = await openAnyLogin(flags, context)
  if (isMachineLogin(login)) {
    const { machineEnvironment } = await import('./machine/machine-run.ts')
    return runWith(await machineEnvironment(login, flags, context), argv, { flags, context })
  }
  const end = new AbortController()
  const provider = new CommandTokenProvider(login, flags, AbortSignal.any([context.signal, end.signal]))
  const env = await environmentFor(login, provider, flags)
  const refresh = async (): Promise<void> => startRefreshes(login, provider, flags, end.signal)
  await runWith(env, argv, { flags, context, whileRunning: flags.token === true ? undefined : refresh, end })
}

interface Run {
  readonly flags: RunFlags
  readonly context: CommandContext
  /** Work that goes on while the program runs, until `end` aborts. */
  readonly whileRunning?: (() => Promise<void>) | undefined
  readonly end?: AbortController
}

async function runWith(
  env: NodeJS.ProcessEnv,
  [command = '', ...args]: readonly string[],
  { flags, context, whileRunning, end }: Run,
): Promise<void> {
  context.releaseSignals()
  const child = spawn(command, args, { stdio: 'inherit', env })
  const stopPassing = passSignalsTo(child)
  const refreshes = whileRunning?.()
  try {
    const { code, signal } = await endOf(child)
    context.end(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    if (signal !== null) dieBy(signal)
  } catch (error) {
    context.end(reportNotStarted(command, errorCode(error), flags))
  } finally {
    stopPassing()
    end?.abort()
    await refreshes
  }
}

/** Ends this process with the signal that ended the program, so that our parent process sees no difference. */
function dieBy(signal: NodeJS.Signals): void {
  process.once('exit', () => process.kill(process.pid, signal))
}

async function environmentFor(
  login: StoredLogin,
  provider: CommandTokenProvider,
  flags: RunFlags,
): Promise<NodeJS.ProcessEnv> {
  const { token } = await lastingToken(provider, MIN_TTL_SECONDS)
  await provider.settle()
  provider.warnIfEnded()
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const name of OVERRIDING_VARIABLES) delete env[name]
  const customHeaders = withoutCredentials(env['ANTHROPIC_CUSTOM_HEADERS'])
  if (customHeaders === '') delete env['ANTHROPIC_CUSTOM_HEADERS']
  else env['ANTHROPIC_CUSTOM_HEADERS'] = customHeaders
  // The tool and the SDKs disagree about a relative XDG_CONFIG_HOME.
  env['ANTHROPIC_CONFIG_DIR'] = (await locateProfile({ profile: login.profile.name })).root
  // The official SDKs would send the token to the host of the variable.
  if (login.profile.baseUrl !== null) delete env['ANTHROPIC_BASE_URL']
  else if (login.baseUrl !== null) env['ANTHROPIC_BASE_URL'] = hostOf(login)
  if (flags.token !== true) return { ...env, ANTHROPIC_PROFILE: login.profile.name }
  const { baseUrl } = login
  const variables = Object.entries(tokenEnvironment(token, baseUrl && checkedUrl(baseUrl)))
  return { ...env, ...Object.fromEntries(variables.map(([name, value]) => [name, value ?? undefined])) }
}

/** Refreshes the profile for as long as the program runs. Problems are shown, and don't end the program. */
async function startRefreshes(
  login: StoredLogin,
  provider: CommandTokenProvider,
  { json }: RunFlags,
  signal: AbortSignal,
): Promise<void> {
  const onProblem = (error: AnthropicAuthError): void =>
    reportWarning(refreshProblem(error, login.profile), json)
  await keepRefreshed({ login, provider, signal, onProblem })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/** The terminal sends Ctrl-C and Ctrl-\ to the program as well as to us. */
const SIGNALS_OF_KEYS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT'])

/** Standard input may be a file or a pipe, as in `echo text | anthropic-auth run -- cat`. */
function isOnTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
}

/** Passes signals on to the program, which decides what they mean. Returns the function that ends that. */
function passSignalsTo(child: ChildProcess): () => void {
  const pass = (signal: NodeJS.Signals): void => {
    if (!isOnTerminal() || !SIGNALS_OF_KEYS.has(signal)) child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, pass)
  return () => {
    for (const signal of SIGNALS) process.off(signal, pass)
  }
}

interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

async function endOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) => resolve({ code, signal }))
    child.on('error', (error) => {
      // Any later error, such as a signal that can't be sent, doesn't end the program.
      if (child.pid === undefined) reject(error)
    })
  })
}

/** Shows why a program could not be started, and returns the exit code that shells use for it. */
function reportNotStarted(command: string, code: string | undefined, flags: RunFlags): number {
  const isMissing = code === 'ENOENT'
  const why = isMissing ? 'there is no such program' : `the system refused it (${code})`
  const error = new AnthropicAuthError('invalid_config', `Can't run '${command}': ${why}`, {
    reason: 'program',
    hint: isMissing ? 'Check the name and your PATH.' : 'Check that the file is a program that you may run.',
  })
  reportError(error, { json: flags.json === true, debug: flags.debug === true })
  return isMissing ? NOT_FOUND : NOT_EXECUTABLE
}
