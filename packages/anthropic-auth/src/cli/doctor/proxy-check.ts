import { useProxies } from '../proxy.ts'
import { environment } from '../setting.ts'
import { type Finding, ok, problemOf, warning } from './finding.ts'

/** Node and this tool read the first four variables; only other programs read the others. */
const READ = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']
const NOT_READ = ['all_proxy', 'ALL_PROXY']

/**
 * Makes this process use the proxies of the environment, as every command does, and checks whether it can. Messages
 * never show more of a proxy than its host and port, since its URL may hold a password.
 */
export function checkProxies(): Finding {
  try {
    useProxies()
  } catch (error) {
    return problemOf(error)
  }
  const name = proxyVariable()
  if (name === undefined) return unreadVariable() ?? ok('None set')
  return usesProxies() ? ok(`The proxy in ${name}: ${hostOfProxy(name)}`) : ignoredVariable(name)
}

/** Returns the variable of the proxy that requests to other machines go through, if any. */
export function usedProxy(): string | undefined {
  return usesProxies() ? proxyVariable() : undefined
}

/** Only the host and port, since the URL may hold a password. */
function hostOfProxy(name: string): string {
  const value = environment(name)?.value ?? ''
  return new URL(/^\w+:\/\//.test(value) ? value : `http://${value}`).host
}

function proxyVariable(): string | undefined {
  return READ.find((name) => environment(name) !== null)
}

/** Node uses proxies when it is told to, at its start or, from 24.14 on, at run time. Bun and Deno always use them. */
function usesProxies(): boolean {
  if (process.versions['bun'] !== undefined || process.versions['deno'] !== undefined) return true
  if (typeof process.getBuiltinModule('node:http').setGlobalProxyFromEnv === 'function') return true
  if (process.env['NODE_USE_ENV_PROXY'] === '1') return true
  return [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(' ')].includes('--use-env-proxy')
}

function ignoredVariable(name: string): Finding {
  return warning(
    `${name} is set, but Node ${process.versions.node} ignores it`,
    'Use Node 24.14 or later, or run: export NODE_USE_ENV_PROXY=1 NO_PROXY=localhost,127.0.0.1,[::1]',
  )
}

function unreadVariable(): Finding | null {
  const name = NOT_READ.find((each) => environment(each) !== null)
  if (name === undefined) return null
  return warning(
    `${name} is set, but Node reads only HTTPS_PROXY and HTTP_PROXY`,
    'To use a proxy, run: export HTTPS_PROXY=http://host:port',
  )
}
