import { AnthropicAuthError, isAnthropicAuthError, platformApiEndpoints } from '@anthropic-auth/core'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import { DEFAULT_HOST } from '@anthropic-auth/profile-store/internal'
import { consoleUrlSetting, isAnthropic, isSameHost } from '../login-hosts.ts'
import { given, type Setting } from '../setting.ts'
import type { CommonFlags } from '../common-flags.ts'
import { baseUrlSetting, checkedUrl, tokenHostSetting } from '../host-settings.ts'
import { type Finding, ok, problem, problemOf, warning } from './finding.ts'
import { type Host, networkProblem } from './network-problem.ts'

/** The result of a request to a host. */
export interface HostResult {
  readonly finding: Finding
  /** By how much the server's clock is ahead of this machine's; `null` if the response has no date. */
  readonly clockOffsetSeconds: number | null
}

/** The settings that name the hosts of a login. */
export interface HostSettings {
  readonly flags: CommonFlags
  readonly profile: ProfileDescription | null
  /** The host that issued the tokens; `null`: not known. */
  readonly loginHost: string | null
  /** A host that only the credentials name; `null` if there is none. */
  readonly lostHost: Setting | null
  /** The same for the host of the consent page. */
  readonly lostConsole: Setting | null
}

const DEFAULT_CONSOLE = new URL(platformApiEndpoints.authorize.console).origin
const TIMEOUT_SECONDS = 5

/**
 * Sends the API a request without a token. Its error response shows that it is there.
 *
 * @throws AnthropicAuthError `aborted`
 */
export async function checkApiHost(baseUrl: Setting | null, signal: AbortSignal): Promise<HostResult | null> {
  const find = (): Host => hostOf(baseUrl, DEFAULT_HOST)
  return checkHost(find, { path: '/v1/models', judge: judgeApi, signal })
}

/** Returns the setting that decides which host the tokens are sent to. */
export async function apiHostSetting(settings: HostSettings): Promise<Setting | null> {
  const { flags, profile, loginHost, lostHost } = settings
  const named = given('--base-url', flags.baseUrl) ?? lostHost
  if (named !== null || profile === null) return named ?? baseUrlSetting(flags, null)
  return tokenHostSetting(flags, profile, async () => loginHost)
}

/**
 * Requests the consent page that `login` would show. Any response will do, since a host may show it only to some
 * browsers.
 *
 * @returns `null` if the host was lost with the profile's settings
 * @throws AnthropicAuthError `aborted`
 */
export async function checkConsoleHost(
  settings: HostSettings,
  signal: AbortSignal,
): Promise<HostResult | null> {
  const { flags, profile, lostHost, lostConsole } = settings
  const baseUrl = await apiHostSetting(settings)
  const find = (): Host | null => {
    const isOther = profile !== null && flags.baseUrl !== undefined && !isSameHost(flags.baseUrl, profile)
    const known = flags.baseUrl === undefined ? lostConsole : null
    const setting = known ?? consoleUrlSetting({}, isOther ? null : profile, baseUrl)
    return setting === null && baseUrl !== null && baseUrl === lostHost && !isAnthropic(baseUrl)
      ? null
      : hostOf(setting, DEFAULT_CONSOLE)
  }
  return checkHost(find, { path: '/oauth/authorize', judge: judgeAny, signal })
}

function hostOf(setting: Setting | null, defaultUrl: string): Host {
  if (setting === null) return { url: defaultUrl, source: null }
  return { url: checkedUrl(setting), source: setting.source }
}

interface Probe {
  readonly path: string
  readonly judge: (host: Host, response: Response) => Finding
  readonly signal: AbortSignal
}

async function checkHost(findHost: () => Host | null, probe: Probe): Promise<HostResult | null> {
  try {
    const host = findHost()
    return host === null ? null : await sendProbe(host, probe)
  } catch (error) {
    if (!isAnthropicAuthError(error, 'invalid_config')) throw error
    return { finding: problemOf(error), clockOffsetSeconds: null }
  }
}

/** Sends no credentials, follows no redirect, and reads no body. */
async function sendProbe(host: Host, { path, judge, signal }: Probe): Promise<HostResult> {
  const limit = AbortSignal.timeout(TIMEOUT_SECONDS * 1000)
  const startedAt = Date.now()
  try {
    const response = await fetch(`${host.url}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit]),
    })
    const midwayMs = (startedAt + Date.now()) / 2
    await response.body?.cancel()
    return { finding: judge(host, response), clockOffsetSeconds: clockOffset(response.headers, midwayMs) }
  } catch (error) {
    if (signal.aborted) throw new AnthropicAuthError('aborted', 'The checks were aborted')
    return { finding: limit.aborted ? timedOut(host) : networkProblem(error, host), clockOffsetSeconds: null }
  }
}

function judgeApi(host: Host, response: Response): Finding {
  const { status, headers } = response
  if (status < 400 && headers.has('location')) return otherServer(host, `redirects to ${originOf(headers)}`)
  const isPage = (headers.get('content-type') ?? '').includes('html')
  if (isPage && status < 500) return otherServer(host, 'responds with a web page')
  if (status === 404) return otherServer(host, 'has no API (HTTP 404)')
  return judgeAny(host, response)
}

function judgeAny(host: Host, { status }: Response): Finding {
  if (status === 511) return otherServer(host, 'is behind a sign-in page of this network (HTTP 511)')
  if (status >= 500) {
    const message = `${host.url} has a problem (HTTP ${status})`
    return warning(message, 'Try again later. If a proxy or gateway is in between, check it.')
  }
  return ok(`${host.url} responds${host.source === null ? '' : ` (${host.source})`}`)
}

/** A captive portal or a proxy responds in place of the host, or the URL is wrong. */
function otherServer(host: Host, behavior: string): Finding {
  const source = host.source === null ? '' : `${host.source}, and `
  return problem(
    `${host.url} ${behavior}`,
    `If this network has a sign-in page, sign in with a browser. If not, check ${source}any proxy or firewall in between.`,
  )
}

function timedOut({ url, source }: Host): Finding {
  const checks = source === null ? 'the network connection' : `${source}, the network connection`
  return problem(
    `${url} did not respond within ${TIMEOUT_SECONDS} seconds`,
    `Check ${checks} and any firewall, VPN or proxy in between.`,
  )
}

/** Returns only the origin: the rest of a sign-in link may identify the user. */
function originOf(headers: Headers): string {
  const location = headers.get('location') ?? ''
  return URL.canParse(location) ? new URL(location).origin : 'another page'
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1 */
function clockOffset(headers: Headers, nowMs: number): number | null {
  // A cache repeats the date of the response that it has stored, and tells its age.
  const dateMs = Date.parse(headers.get('date') ?? '') + 1000 * Number(headers.get('age') ?? 0)
  return Number.isFinite(dateMs) ? (dateMs - nowMs) / 1000 : null
}
