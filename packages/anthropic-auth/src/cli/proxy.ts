import { AnthropicAuthError } from '@anthropic-auth/core'
import { environment } from './setting.ts'

/** The callback server and emulators are on this machine, where a proxy can't reach them. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

let isDone = false

/**
 * Sends all requests of this process through the proxies of the environment, if there are any. Node does this by
 * itself only with `NODE_USE_ENV_PROXY=1`, and then for loopback, too.
 *
 * Before 24.14, Node can't change it at run time; the hint of a `network_error` then names the variable.
 *
 * @see https://nodejs.org/api/http.html#built-in-proxy-support
 * @throws AnthropicAuthError `invalid_config` for a variable that is not the URL of a proxy
 */
export function useProxies(): void {
  if (isDone) return
  isDone = true
  const proxies = { HTTP_PROXY: proxyUrl('HTTP_PROXY'), HTTPS_PROXY: proxyUrl('HTTPS_PROXY') }
  if (proxies.HTTP_PROXY === undefined && proxies.HTTPS_PROXY === undefined) return
  const { setGlobalProxyFromEnv } = process.getBuiltinModule('node:http')
  if (typeof setGlobalProxyFromEnv !== 'function') return
  const noProxy = [environment('no_proxy')?.value ?? environment('NO_PROXY')?.value, ...LOOPBACK]
  setGlobalProxyFromEnv({ ...proxies, NO_PROXY: noProxy.filter((one) => one !== undefined).join(',') })
}

/** The lower-case name takes precedence, as in curl and Node. The scheme of a proxy may be left out. */
function proxyUrl(name: string): string | undefined {
  const setting = environment(name.toLowerCase()) ?? environment(name)
  if (setting === null) return undefined
  const url = /^\w+:\/\//.test(setting.value) ? setting.value : `http://${setting.value}`
  if (/^https?:/i.test(url) && URL.canParse(url)) return url
  // The value may contain a password.
  throw new AnthropicAuthError('invalid_config', `${setting.source} is not the URL of a proxy`, {
    reason: 'proxy',
    hint: `Use the form ${setting.source}=http://host:port, or run: unset ${setting.source}`,
  })
}
