import { errorSigns } from '@anthropic-auth/core/internal'
import { type Finding, problem } from './finding.ts'
import { usedProxy } from './proxy-check.ts'

/** A host to ask, and the setting that names it. */
export interface Host {
  readonly url: string
  /** `null` for a default host. */
  readonly source: string | null
}

const NO_NAME_SERVER = /^EAI_AGAIN$/
const NOT_FOUND = /^(?:ENOTFOUND|EAI_\w+)$/
const REFUSED = /^(?:ECONNREFUSED|ConnectionRefused)$/
const NO_ROUTE = /^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/
const CERTIFICATE_TIME = /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/
const NO_TLS = /ERR_SSL|ERR_TLS|EPROTO/
/** The error of a proxy that refuses a tunnel has no code, only a message. */
const PROXY_REFUSAL = /^Proxy response \((\d{3})\)/

const TRUST =
  'If your network inspects TLS, trust the certificates of your system: export NODE_OPTIONS=--use-system-ca. Or name the certificate of your network: export NODE_EXTRA_CA_CERTS=/path/to/ca.pem'

/** Returns the problem that made `fetch` fail for a host, and how to fix it. */
export function networkProblem(error: unknown, host: Host): Finding {
  const { url } = host
  const signs = errorSigns(error)
  const find = (pattern: RegExp): string | undefined => signs.find(({ code }) => pattern.test(code))?.code
  const proxyStatus = signs.flatMap(({ message }) => PROXY_REFUSAL.exec(message)?.[1] ?? [])[0]
  if (proxyStatus !== undefined) return proxyRefusal(url, proxyStatus)
  if (find(NO_NAME_SERVER)) {
    return problem(`${url} can't be reached: no name server responded`, connectionRemedy(host))
  }
  if (find(NOT_FOUND)) {
    return problem(`${url} can't be reached: its name was not found`, connectionRemedy(host))
  }
  if (find(REFUSED)) {
    return problem(`${url} can't be reached: the connection was refused`, connectionRemedy(host))
  }
  const route = find(NO_ROUTE)
  if (route !== undefined) return problem(`${url} can't be reached (${route})`, connectionRemedy(host))
  const time = find(CERTIFICATE_TIME)
  if (time !== undefined) {
    return problem(
      `The certificate of ${url} is not valid at this time (${time})`,
      'Check the clock of this machine.',
    )
  }
  const certificate = find(CERTIFICATE)
  if (certificate !== undefined) {
    return problem(`The certificate of ${url} is not trusted (${certificate})`, TRUST)
  }
  if (find(NO_TLS)) {
    return problem(
      `${url} does not speak TLS`,
      'Check whether the URL has to be http, and any proxy in between.',
    )
  }
  return problem(`${url} ended the connection without a response`, connectionRemedy(host))
}

function connectionRemedy({ source }: Host): string {
  const proxy = usedProxy()
  const checks = [
    source,
    'the network connection',
    proxy === undefined ? null : `the proxy in ${proxy}`,
  ].filter((each) => each !== null)
  return `Check ${new Intl.ListFormat('en').format(checks)}.`
}

function proxyRefusal(url: string, status: string): Finding {
  const name = usedProxy() ?? 'HTTPS_PROXY'
  if (status === '407') {
    return problem(
      `The proxy in ${name} asks for a user name and password (HTTP 407)`,
      `Add them: export ${name}=http://USER:PASSWORD@host:port`,
    )
  }
  return problem(
    `The proxy in ${name} refuses to connect to ${url} (HTTP ${status})`,
    `Ask for access to this host, or exempt it from the proxy: export NO_PROXY="$NO_PROXY,${new URL(url).hostname}"`,
  )
}
