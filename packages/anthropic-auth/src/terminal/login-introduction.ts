import type { LoginOptions } from '@anthropic-auth/login'

/** The links of a login; `null` for a way to log in that is not offered. */
export type LoginUrls = Parameters<NonNullable<LoginOptions['onAuthorizationUrl']>>[0]

const OPENING =
  'Opening the login page in your browser.\nIf it does not open, open this link anywhere and paste the code that it shows:'
const OPENING_CODE_PAGE =
  'Opening the login page in your browser. Paste the code that it shows.\nIf it does not open, open this link anywhere:'
const OPENING_HERE =
  'Opening the login page in your browser.\nIf it does not open, open this link in a browser on this machine:'
const ANYWHERE = 'Open this link in any browser, allow access, and paste the code that it shows:'
const OR_ANYWHERE = 'Or open this link anywhere and paste the code that it shows:'

/** Returns each link with its introduction. A loopback link is shown only if the user may be able to reach its port. */
export function loginIntroductions(
  { loopbackUrl, pasteUrl }: LoginUrls,
  { openBrowser, port }: Pick<LoginOptions, 'openBrowser' | 'port'>,
): readonly (readonly [introduction: string, url: string])[] {
  const opens = openBrowser !== false
  if (pasteUrl === null) return [[opens ? OPENING_HERE : here(loopbackUrl), loopbackUrl ?? '']]
  if (opens) return [[loopbackUrl === null ? OPENING_CODE_PAGE : OPENING, pasteUrl]]
  if (loopbackUrl === null || !hasFixedPort(port)) return [[ANYWHERE, pasteUrl]]
  return [
    [here(loopbackUrl), loopbackUrl],
    [OR_ANYWHERE, pasteUrl],
  ]
}

function here(loopbackUrl: string | null): string {
  const redirectUri = new URL(loopbackUrl ?? '').searchParams.get('redirect_uri') ?? ''
  return `Open this link in a browser on this machine, or on one that forwards its port ${new URL(redirectUri).port} here:`
}

/** Whether the user may have forwarded the port, since it is known beforehand. */
export function hasFixedPort(port: LoginOptions['port']): boolean {
  return port !== undefined && port !== false && [port].flat().some((one) => one !== 0)
}
