import { defaultEndpoints, type Endpoints } from '@anthropic-auth/core'

type PathName =
  | 'authorizeConsole'
  | 'authorizeMax'
  | 'codePage'
  | 'token'
  | 'revoke'
  | 'apiKey'
  | 'profile'
  | 'models'
  | 'messages'

/** The paths of the real server. Its two modes differ by host, so `max` has the path of its claude.com alias here. */
export const PATHS: Readonly<Record<PathName, string>> = {
  authorizeConsole: pathOf(defaultEndpoints.authorize.console),
  authorizeMax: `/cai${pathOf(defaultEndpoints.authorize.max)}`,
  codePage: pathOf(defaultEndpoints.codePage),
  token: pathOf(defaultEndpoints.token),
  revoke: pathOf(defaultEndpoints.revoke),
  apiKey: pathOf(defaultEndpoints.apiKey),
  profile: pathOf(defaultEndpoints.profile),
  models: '/v1/models',
  messages: '/v1/messages',
}

/** Returns the endpoints of an emulator: consent and code page on the origin `url`, token and API on `apiUrl`. */
export function endpointsOf(url: string, apiUrl: string): Endpoints {
  const authorize = { max: url + PATHS.authorizeMax, console: url + PATHS.authorizeConsole }
  return Object.freeze({
    authorize: Object.freeze(authorize),
    token: apiUrl + PATHS.token,
    apiKey: apiUrl + PATHS.apiKey,
    profile: apiUrl + PATHS.profile,
    revoke: apiUrl + PATHS.revoke,
    codePage: url + PATHS.codePage,
  })
}

function pathOf(url: string): string {
  return new URL(url).pathname
}
