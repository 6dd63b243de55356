import { membersOf } from '../syntax/members.ts'
import { isLoopback } from '../syntax/url-rules.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The parts of Node that this file reads. */
interface Runtime {
  readonly process?: { readonly env?: Environment; readonly versions?: Environment }
}

/** In Node's order. Node doesn't read `all_proxy`. */
const VARIABLES = {
  https: ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  http: ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
} as const

const LOOPBACK_HOSTS = 'localhost,127.0.0.1,[::1]'

/**
 * Explains how proxy variables may have caused a failed connection to `url`. Returns an empty string if they didn't.
 * Only Node ignores these variables by default. The hint never contains their values, which may include a password.
 */
export function proxyHint(url: URL): string {
  const { process }: Runtime = membersOf<object>(globalThis)
  const { env: given, versions: givenVersions } = membersOf(process ?? {})
  const [env, versions] = [membersOf(given ?? {}), membersOf(givenVersions ?? {})]
  const name = isNode(versions) ? proxyVariable(url, env) : undefined
  if (name === undefined || isExempt(url, env)) return ''
  const isLocal = isLoopback(url.hostname)
  const agent = agentName()
  if (agent === 'EnvHttpProxyAgent') return usedHint(name, env, isLocal)
  return agent === 'Agent' && !isLocal ? ignoredHint(name, env, versions) : ''
}

function usedHint(name: string, env: Environment, isLocal: boolean): string {
  return isLocal
    ? `Run the program with ${exemption(env)}, so that connections to this machine don't go through the proxy.`
    : `This connection goes through the proxy in ${name}. Check that the proxy works.`
}

function ignoredHint(name: string, env: Environment, { node = '' }: Environment): string {
  const settings =
    name.toLowerCase() === 'all_proxy' ? 'HTTPS_PROXY, NODE_USE_ENV_PROXY=1' : 'NODE_USE_ENV_PROXY=1'
  const update = knowsProxies(node) ? '' : 'use Node 22.21 or later, and '
  return `${name} is set, but Node ignores it: ${update}run the program with ${settings} and ${exemption(env)}. NO_PROXY keeps connections to this machine off the proxy.`
}

/** The setting that keeps loopback connections off the proxy, in addition to the user's own exceptions. */
function exemption(env: Environment): string {
  const name = ['no_proxy', 'NO_PROXY'].find((each) => env[each])
  return name === undefined ? `NO_PROXY=${LOOPBACK_HOSTS}` : `${LOOPBACK_HOSTS} added to ${name}`
}

/** Bun and Deno read the variables themselves. Deno would also ask the user for permission to look at them. */
function isNode({ node, bun, deno }: Environment): boolean {
  return node !== undefined && bun === undefined && deno === undefined
}

/**
 * Returns the class name of the agent behind `fetch`: `Agent` ignores the variables, `EnvHttpProxyAgent` uses them, and a
 * program can set another one.
 */
function agentName(): string {
  const agents = globalThis as Readonly<Record<symbol, object | undefined>>
  const agent =
    agents[Symbol.for('undici.globalDispatcher.2')] ?? agents[Symbol.for('undici.globalDispatcher.1')]
  return agent?.constructor.name ?? 'Agent'
}

function proxyVariable({ protocol }: URL, env: Environment): string | undefined {
  return VARIABLES[protocol === 'https:' ? 'https' : 'http'].find((name) => env[name])
}

/** Whether `NO_PROXY` excludes this host from the proxy. */
function isExempt({ hostname, port, protocol }: URL, env: Environment): boolean {
  const entries = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').toLowerCase().split(/[\s,]+/)
  const actualPort = port === '' ? { 'https:': '443', 'http:': '80' }[protocol] : port
  return entries.some((entry) => {
    const [, host = '', entryPort = actualPort] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry) ?? []
    if (host === '' || entryPort !== actualPort) return false
    return host === '*' || hostname === host || hostname.endsWith(`.${host}`)
  })
}

/** Node reads the variables since 22.21 and 24. */
function knowsProxies(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 21)
}
