#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { type EmulatorOptions, startEmulator } from './emulator.ts'
import { emulatorVersion } from './version.ts'

const HELP = `anthropic-auth-emulator: an emulator of Anthropic's OAuth authorization server

Usage: anthropic-auth-emulator [options]

  --port <number>         the port on 127.0.0.1; default: any free one
  --separate-api-origin   token endpoint and API on an origin of their own
  --version               print the version
  --help                  print this text

Example: anthropic-auth-emulator --port 8484

It serves until Ctrl-C. Its state is in memory: codes, tokens and keys end with it.
`

const OPTIONS = {
  port: { type: 'string' },
  'separate-api-origin': { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

try {
  const { values } = parseArgs({ options: OPTIONS })
  if (values.help === true) process.stdout.write(HELP)
  else if (values.version === true) process.stdout.write(`${await emulatorVersion()}\n`)
  else await serve({ port: readPort(values.port), separateApiOrigin: values['separate-api-origin'] })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.stderr.write('Run anthropic-auth-emulator --help for its options.\n')
  process.exitCode = isUsageError(error) ? 2 : 1
}

function readPort(port: string | undefined): number | undefined {
  if (port === undefined) return undefined
  if (!/^\d{1,5}$/.test(port)) throw new RangeError('--port takes an integer from 0 to 65535')
  return Number(port)
}

function isUsageError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError
}

async function serve(options: EmulatorOptions): Promise<void> {
  const emulator = await startEmulator(options)
  const { url, apiUrl, endpoints } = emulator
  const origins =
    url === apiUrl ? [`Serving on ${url}`] : [`Consent and code page on ${url}`, `Token and API on ${apiUrl}`]
  const member = (name: string, value: string): string => `    ${name}: '${value}',`
  const lines = [
    ...origins,
    '',
    'Point a login to it:',
    '',
    "  import { OAuthClient } from '@anthropic-auth/core'",
    '  const client = new OAuthClient({ endpoints: {',
    '    authorize: {',
    `      max: '${endpoints.authorize.max}',`,
    `      console: '${endpoints.authorize.console}',`,
    '    },',
    member('token', endpoints.token),
    member('apiKey', endpoints.apiKey),
    member('profile', endpoints.profile),
    member('revoke', endpoints.revoke),
    member('codePage', endpoints.codePage),
    '  } })',
    '',
    'and the official SDK:',
    '',
    `  new Anthropic({ baseURL: '${apiUrl}', … })`,
    '',
    'Ctrl-C ends it.',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      emulator.close().catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exitCode = 1
      })
    })
  }
}
