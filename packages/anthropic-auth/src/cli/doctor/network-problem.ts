import { errorSigns } from '@anthropic-auth/core/internal'
import { type Finding, problem } from './finding.ts'
import { usedProxy } from './proxy-check.ts'

/** A host to check, and the setting that names it. */
export interface Host {
  readonly url: string
  /** `null` for a default host. */
  readonly source: string | null
}

/** The error of a proxy that refuses a tunnel has no code, only a message. */
const PROXY_REFUSAL = /^Proxy response \((\d{3})\)/

const TRUST =
  'If your network inspects TLS, trust the certificates of your system: export NODE_OPTIONS=--use-system-ca. Or name the certificate of your network: export NODE_EXTRA_CA_CERTS=/path/to/ca.pem'

/** The problems by the codes of errors, of which the first that matches applies. */
const PROBLEMS: readonly (readonly [codes: RegExp, problemOf: (host: Host, code: string) => Finding])[] = [
  [/^EAI_AGAIN$/, (host) => unreachable(host, ': no name server responded')],
  [/^(?:ENOTFOUND|EAI_\w+)$/, (host) => unreachable(host, ': its name was not found')],
  [/^(?:ECONNREFUSED|ConnectionRefused)$/, (host) => unreachable(host, ': the connection was refused')],
  [
    /^(?:EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    (host, code) => unreachable(host, ` (${code})`),
  ],
  [/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/, invalidNow],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/, untrusted],
  [/ERR_SSL|ERR_TLS|EPROTO/, withoutTls],
]

/** Returns the problem that made `fetch` fail for a host, and how to fix it. */
export function networkProblem(error: unknown, host: Host): Finding {
  const signs = errorSigns(error)
  const proxyStatus = signs.flatMap(({ message }) => PROXY_REFUSAL.exec(message)?.[1] ?? [])[0]
  if (proxyStatus !== undefined) return proxyRefusal(host.url, proxyStatus)
  for (const [codes, problemOf] of PROBLEMS) {
    const code = signs.find((sign) => codes.test(sign.code))?.code
    if (code !== undefined) return problemOf(host, code)
  }
  return problem(`${host.url} ended the connection without a response`, connectionRemedy(host))
}

function unreachable(host: Host, reason: string): Finding {
  return problem(`${host.url} can't be reached${reason}`, connectionRemedy(host))
}

function invalidNow({ url }: Host, code: string): Finding {
  return problem(
    `The certificate of ${url} is not valid at this time (${code})`,
    'Check the clock of this machine.',
  )
}

function untrusted({ url }: Host, code: string): Finding {
  return problem(`The certificate of ${url} is not trusted (${code})`, TRUST)
}

function withoutTls({ url }: Host): Finding {
  return problem(
    `${url} does not speak TLS`,
    'Check whether the URL must begin with http, and any proxy in between.',
  )
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
