import { AnthropicAuthError, isAnthropicAuthError, platformApiEndpoints } from '@anthropic-auth/core'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import { consoleUrlSetting, isSameHost } from '../login-settings.ts'
import type { Setting } from '../setting.ts'
import { baseUrlSetting, checkedUrl, type CommonFlags, DEFAULT_HOST } from '../settings.ts'
import { type Finding, ok, problem, problemOf, warning } from './finding.ts'
import { type Host, networkProblem } from './network-problem.ts'

/** The result of a request to a host. */
export interface HostResult {
  readonly finding: Finding
  /** How far the clock of the server is ahead of this one; `null` when the server does not say. */
  readonly clockOffsetSeconds: number | null
}

const DEFAULT_CONSOLE = new URL(platformApiEndpoints.authorize.console).origin
const TIMEOUT_SECONDS = 5

/**
 * Asks the API without a token. The refusal shows that it is there.
 *
 * @throws AnthropicAuthError `aborted`
 */
export async function checkApiHost(
  flags: CommonFlags,
  profile: ProfileDescription | null,
  signal: AbortSignal,
): Promise<HostResult> {
  const find = (): Host => hostOf(baseUrlSetting(flags, profile), DEFAULT_HOST)
  return ask(find, { path: '/v1/models', judge: judgeApi, signal })
}

/**
 * Asks for the consent page that `login` would show, without a login. Any response will do, since the host decides
 * what it shows to whom.
 *
 * @throws AnthropicAuthError `aborted`
 */
export async function checkConsoleHost(
  flags: CommonFlags,
  profile: ProfileDescription | null,
  signal: AbortSignal,
): Promise<HostResult> {
  const find = (): Host => {
    const isOther = profile !== null && flags.baseUrl !== undefined && !isSameHost(flags.baseUrl, profile)
    const setting = consoleUrlSetting({}, isOther ? null : profile, baseUrlSetting(flags, profile))
    return hostOf(setting, DEFAULT_CONSOLE)
  }
  return ask(find, { path: '/oauth/authorize', judge: judgeAny, signal })
}

function hostOf(setting: Setting | null, defaultUrl: string): Host {
  if (setting === null) return { url: defaultUrl, source: null }
  return { url: checkedUrl(setting), source: setting.source }
}

interface Question {
  readonly path: string
  readonly judge: (host: Host, response: Response) => Finding
  readonly signal: AbortSignal
}

async function ask(findHost: () => Host, question: Question): Promise<HostResult> {
  try {
    return await askHost(findHost(), question)
  } catch (error) {
    if (!isAnthropicAuthError(error, 'invalid_config')) throw error
    return { finding: problemOf(error), clockOffsetSeconds: null }
  }
}

/** Sends no credentials, follows no redirect, and reads no body. */
async function askHost(host: Host, { path, judge, signal }: Question): Promise<HostResult> {
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

/** Something else responds in place of the host: a captive portal, a proxy that blocks it, or a wrong URL. */
function otherServer(host: Host, what: string): Finding {
  const source = host.source === null ? '' : `${host.source}, and `
  return problem(
    `${host.url} ${what}`,
    `If this network has a sign-in page, sign in with a browser. If not, check ${source}any proxy or firewall in between.`,
  )
}

function timedOut({ url, source }: Host): Finding {
  const what = source === null ? 'the network connection' : `${source}, the network connection`
  return problem(
    `${url} did not respond within ${TIMEOUT_SECONDS} seconds`,
    `Check ${what} and any firewall, VPN or proxy in between.`,
  )
}

/** Shows no more than the origin: the rest of a sign-in link may identify the user. */
function originOf(headers: Headers): string {
  const location = headers.get('location') ?? ''
  return URL.canParse(location) ? new URL(location).origin : 'another page'
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1 */
function clockOffset(headers: Headers, nowMs: number): number | null {
  // A cache repeats the time at which it stored the response, and says how long ago that was.
  const dateMs = Date.parse(headers.get('date') ?? '') + 1000 * Number(headers.get('age') ?? 0)
  return Number.isFinite(dateMs) ? (dateMs - nowMs) / 1000 : null
}
