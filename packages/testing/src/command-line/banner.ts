import type { Emulator } from '../emulator.ts'
import { connections } from '../inspector/connections.ts'

/** The lines that the emulator prints when it serves. */
export function banner(emulator: Pick<Emulator, 'url' | 'apiUrl' | 'inspectorUrl' | 'endpoints'>): string {
  const { url, apiUrl, inspectorUrl } = emulator
  const origins = apiUrl === url ? [] : [`  Token endpoint and API  ${apiUrl}`]
  const ways = connections(emulator).flatMap(({ title, code }) => [
    '',
    `${title}:`,
    '',
    ...code.split('\n').map(indent),
  ])
  return [
    `Serving on ${url}`,
    ...origins,
    `  Inspector  ${inspectorUrl}`,
    ...ways,
    '',
    'Press Ctrl-C to stop.',
    '',
  ].join('\n')
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`
}
