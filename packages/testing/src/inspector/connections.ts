import type { Endpoints } from '@anthropic-auth/core'

/** A way to point a program at the emulator. */
export interface Connection {
  readonly title: string
  readonly code: string
}

/** The addresses of a running emulator. */
export interface Addresses {
  readonly url: string
  readonly apiUrl: string
  readonly endpoints: Endpoints
}

/** Returns the lines that point a login or a program at the emulator. */
export function connections({ url, apiUrl, endpoints }: Addresses): readonly Connection[] {
  const consoleUrl = url === apiUrl ? '' : ` --console-url ${url}`
  return [
    { title: 'Your program', code: clientCode(endpoints) },
    {
      title: 'A whole login in your program',
      code: "import { login } from '@anthropic-auth/login'\n\nconst tokens = await login({ mode: 'console', client })",
    },
    {
      title: 'The command line tool',
      code: `npx anthropic-auth login --profile emulator --base-url ${apiUrl}${consoleUrl}`,
    },
    {
      title: 'The ant command line tool',
      code: `ant auth login --profile emulator --base-url ${apiUrl} --console-url ${url}`,
    },
    {
      title: 'The official SDKs, after the login of the tool',
      code: 'ANTHROPIC_PROFILE=emulator node app.js',
    },
    {
      title: 'curl, after the login of the tool',
      code: `headers=$(npx anthropic-auth token --profile emulator --header) && echo "$headers" | curl -H @- -H 'anthropic-version: 2023-06-01' --fail-with-body ${apiUrl}/v1/models`,
    },
  ]
}

function clientCode(endpoints: Endpoints): string {
  const { authorize, ...others } = endpoints
  const members = Object.entries(others).map(([name, value]) => `    ${name}: '${value}',`)
  return [
    "import { OAuthClient } from '@anthropic-auth/core'",
    '',
    'const client = new OAuthClient({',
    '  endpoints: {',
    '    authorize: {',
    `      max: '${authorize.max}',`,
    `      console: '${authorize.console}',`,
    '    },',
    ...members,
    '  },',
    '})',
  ].join('\n')
}
