import { sentences } from '@anthropic-auth/login/internal'
import { checkBrowser } from './doctor/browser-check.ts'
import { checkCallback } from './doctor/callback-check.ts'
import { checkClock } from './doctor/clock-check.ts'
import { checkEnvironment } from './doctor/environment-check.ts'
import { type ExaminedMachine, examineMachine } from './doctor/examined-machine.ts'
import { type ExaminedProfile, examineProfile } from './doctor/examined-profile.ts'
import { checkConfigFile, checkCredentialsFile } from './doctor/file-checks.ts'
import type { Finding } from './doctor/finding.ts'
import { checkFolders } from './doctor/folder-check.ts'
import { apiHostSetting, checkApiHost, checkConsoleHost, type HostResult } from './doctor/host-checks.ts'
import { checkLock } from './doctor/lock-check.ts'
import { checkIdentityToken, checkMachine } from './doctor/machine-checks.ts'
import { checkLogin, checkProfile, checkProfilesFolder } from './doctor/profile-check.ts'
import { checkProxies } from './doctor/proxy-check.ts'
import { checkRuntime } from './doctor/runtime-check.ts'
import { checkTemporaryFiles } from './doctor/temporary-file-check.ts'
import { EXIT_CODES, NOT_LOGGED_IN, USAGE } from './exit-code.ts'
import { printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import type { CommonFlags } from './common-flags.ts'
import { given } from './setting.ts'
import { type Cell, printRows } from './table.ts'

/** The facts that several checks use. */
interface Surroundings {
  readonly profile: ExaminedProfile
  /** `null` when a user logs in. */
  readonly machine: ExaminedMachine | null
  readonly proxy: Finding
  readonly hosts: Hosts
  readonly signal: AbortSignal
}

/** The responses of the hosts; `null` for a host that is not needed, or not known. */
interface Hosts {
  readonly api: Promise<HostResult | null> | null
  readonly console: Promise<HostResult | null> | null
}

interface Check {
  /** Its name in JSON. */
  readonly name: string
  readonly label: string
  /** The exit code of commands that fail because of such a problem. */
  readonly exitCode: number
  /** The logins that need the check: those with a profile, those of users, or those of machines. Default: all. */
  readonly of?: 'profile' | 'user' | 'machine'
  /** Returns no finding if it can't run because of a problem that another check reports. */
  readonly run: (surroundings: Surroundings) => readonly Finding[] | Promise<readonly Finding[]>
}

const {
  store_failed: FILES,
  network_error: NETWORK,
  callback_server_failed: LOCAL,
  oauth_error: REFUSED,
} = EXIT_CODES

/** The checks in the order of the output, which is also the best order to fix problems. */
const CHECKS: readonly Check[] = [
  {
    name: 'runtime',
    label: 'Runtime',
    exitCode: USAGE,
    run: () => [checkRuntime(process.versions)],
  },
  {
    name: 'profiles_folder',
    label: 'Profiles folder',
    exitCode: USAGE,
    of: 'profile',
    run: ({ profile }) => checkProfilesFolder(profile),
  },
  {
    name: 'permissions',
    label: 'Permissions',
    exitCode: FILES,
    of: 'profile',
    run: ({ profile }) => checkFolders(profile),
  },
  {
    name: 'profile',
    label: 'Profile',
    exitCode: USAGE,
    run: ({ profile, machine }) => (machine === null ? checkProfile(profile) : checkMachine(machine)),
  },
  {
    name: 'config_file',
    label: 'Config file',
    exitCode: FILES,
    of: 'profile',
    run: ({ profile }) => checkConfigFile(profile),
  },
  {
    name: 'credentials_file',
    label: 'Credentials file',
    exitCode: FILES,
    of: 'profile',
    run: ({ profile }) => checkCredentialsFile(profile),
  },
  {
    name: 'temporary_files',
    label: 'Temporary files',
    exitCode: FILES,
    of: 'profile',
    run: ({ profile }) => checkTemporaryFiles(profile),
  },
  {
    name: 'lock',
    label: 'Lock',
    exitCode: FILES,
    of: 'profile',
    run: ({ profile }) => checkLock(profile),
  },
  {
    name: 'login',
    label: 'Login',
    exitCode: NOT_LOGGED_IN,
    of: 'user',
    run: ({ profile }) => checkLogin(profile),
  },
  {
    name: 'identity_token',
    label: 'Identity token',
    exitCode: REFUSED,
    of: 'machine',
    run: async ({ machine, signal }) => (machine === null ? [] : checkIdentityToken(machine, signal)),
  },
  {
    name: 'environment',
    label: 'Environment',
    exitCode: USAGE,
    run: ({ profile, machine }) =>
      checkEnvironment(ownHostOf(profile, machine), machine !== null || profile.tokens.value !== null),
  },
  { name: 'proxy', label: 'Proxy', exitCode: USAGE, run: ({ proxy }) => [proxy] },
  {
    name: 'api_host',
    label: 'API host',
    exitCode: NETWORK,
    run: async ({ hosts }) => hostFindings(hosts.api),
  },
  {
    name: 'console_host',
    label: 'Console host',
    exitCode: NETWORK,
    of: 'user',
    run: async ({ hosts }) => hostFindings(hosts.console),
  },
  {
    name: 'clock',
    label: 'Clock',
    exitCode: USAGE,
    run: async ({ hosts }) => checkClock(await resultsOf(hosts)),
  },
  {
    name: 'callback',
    label: 'Callback',
    exitCode: LOCAL,
    of: 'user',
    run: async ({ profile }) => [await checkCallback(profile)],
  },
  {
    name: 'browser',
    label: 'Browser',
    exitCode: LOCAL,
    of: 'user',
    run: ({ profile }) => [checkBrowser(profile)],
  },
]

interface CheckedFinding extends Finding {
  readonly check: Check
}

/** `anthropic-auth doctor`: reads files, sends requests without a token, and leaves the files as they were. */
export async function runDoctor(flags: CommonFlags, context: CommandContext): Promise<void> {
  const findings = await allFindings(await surroundingsOf(flags, context))
  if (flags.json === true) printJson(findings.map(jsonOf))
  else printFindings(findings)
  const first = findings.find(({ status }) => status === 'problem')
  context.end(first?.exitCode ?? first?.check.exitCode ?? 0)
}

async function surroundingsOf(flags: CommonFlags, context: CommandContext): Promise<Surroundings> {
  const profile = await examineProfile(flags.profile)
  if (profile.location.value !== null) context.useProfile(profile.location.value.name)
  const machine = await examineMachine(flags, profile, context)
  limitLookups()
  // Before any request: from here on, they go through the proxy.
  const proxy = checkProxies()
  const { signal } = context
  return { profile, machine, proxy, hosts: hostsOf(flags, { profile, machine, signal }), signal }
}

function hostsOf(
  flags: CommonFlags,
  { profile, machine, signal }: Pick<Surroundings, 'profile' | 'machine' | 'signal'>,
): Hosts {
  if (machine !== null) {
    // Without the machine's settings, we don't know its host.
    const api = machine.login === null ? null : checkApiHost(machine.login.baseUrl, signal)
    return { api, console: null }
  }
  const description = profile.description.value
  const source = `the credentials of profile '${description?.name}'`
  const [lostHost, lostConsole] = [given(source, profile.lost.host), given(source, profile.lost.consoleUrl)]
  const isReadable = description !== null && profile.config.value?.isBlank === false
  // Without the profile's settings, only the credentials may know its host.
  if (!isReadable && lostHost === null && flags.baseUrl === undefined) return { api: null, console: null }
  const { loginHost } = profile
  const settings = { flags, profile: description, loginHost, lostHost, lostConsole }
  return {
    api: apiHostSetting(settings).then(async (baseUrl) => checkApiHost(baseUrl, signal)),
    console: checkConsoleHost(settings, signal),
  }
}

async function hostFindings(result: Hosts['api']): Promise<readonly Finding[]> {
  const found = await result
  return found === null ? [] : [found.finding]
}

async function resultsOf({ api, console }: Hosts): Promise<readonly HostResult[]> {
  return (await Promise.all([api, console])).filter((result) => result !== null)
}

function ownHostOf({ description }: ExaminedProfile, machine: ExaminedMachine | null): string | null {
  return (machine === null ? description.value?.baseUrl : machine.login?.profile?.baseUrl) ?? null
}

/**
 * Makes the system give up sooner on name servers that don't respond. A look-up can't be aborted, and would keep the
 * process alive.
 *
 * @see https://man7.org/linux/man-pages/man5/resolv.conf.5.html
 */
function limitLookups(): void {
  process.env['RES_OPTIONS'] ??= 'timeout:2 attempts:1'
}

async function allFindings(surroundings: Surroundings): Promise<readonly CheckedFinding[]> {
  const checks = CHECKS.filter((check) => isNeeded(check, surroundings))
  return (await Promise.all(checks.map(async (check) => findingsOf(check, surroundings)))).flat()
}

function isNeeded({ of }: Check, { machine }: Surroundings): boolean {
  if (of === 'profile') return machine === null || machine.profile !== null
  return of === undefined || (of === 'machine') === (machine !== null)
}

async function findingsOf(check: Check, surroundings: Surroundings): Promise<readonly CheckedFinding[]> {
  return (await check.run(surroundings)).map((finding) => ({ ...finding, check }))
}

function jsonOf({ check, status, message, remedy }: CheckedFinding): object {
  return { check: check.name, status, message, remedy }
}

function printFindings(findings: readonly CheckedFinding[]): void {
  printRows({ rows: findings.map(rowOf), lastWidth: 30, narrow: { inLine: 2, indent: 2 } })
  tell(summaryOf(findings))
}

const COLORS = { ok: 'green', warning: 'yellow', problem: 'red' } as const

function rowOf({ check, status, message, remedy }: CheckedFinding): readonly Cell[] {
  return [
    { text: status, format: COLORS[status] },
    { text: check.label, format: 'bold' },
    { text: remedy === null ? message : [sentences(message), remedy] },
  ]
}

function summaryOf(findings: readonly CheckedFinding[]): string {
  const [problems, warnings] = (['problem', 'warning'] as const).map((kind) => {
    const count = findings.filter(({ status }) => status === kind).length
    return count === 0 ? [] : [`${count} ${kind}${count === 1 ? '' : 's'}`]
  })
  const counts = [...(problems ?? []), ...(warnings ?? [])]
  return counts.length === 0 ? 'No problems found.' : `Found ${counts.join(' and ')}.`
}
