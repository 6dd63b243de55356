import { STATUS_CODES, type OutgoingHttpHeaders } from 'node:http'
import { html } from 'hono/html'
import type { Markup } from '../pages/page.ts'
import type { LogEntry } from '../request-log.ts'
import type { RecordedResponse } from '../recorded-response.ts'
import { decodeForm, decodeJson } from './decoded-body.ts'
import { parametersView, textView } from './parameters-view.ts'

/** The headers of every response, which say nothing about this one. */
const USUAL_HEADERS: ReadonlySet<string> = new Set([
  'cache-control',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'x-content-type-options',
])

/** More text than this would only make the page slow. */
const MAX_TEXT_LENGTH = 4000

/** The response to a request; nothing while there is none. */
export function responseView({ record, response }: LogEntry): Markup {
  if (record.status === 0) return html``
  const { headers } = response
  const title = `Response: ${record.status} ${STATUS_CODES[record.status] ?? ''}`.trim()
  return html`${parametersView(title, headerParameters(headers))}
  ${parametersView('Parameters of the location', decodeForm(queryOf(headers['location'])))}
  ${bodyView(response)}`
}

function headerParameters(headers: OutgoingHttpHeaders) {
  return Object.entries(headers)
    .filter(([name]) => !USUAL_HEADERS.has(name))
    .map(([name, value]) => ({ name, value: String(value) }))
}

function queryOf(location: OutgoingHttpHeaders[string]): string {
  return typeof location === 'string' ? (/\?([^#]*)/.exec(location)?.[1] ?? '') : ''
}

function bodyView({ headers, body, length, isCut }: RecordedResponse): Markup {
  if (length === 0) return html``
  const encoding = headers['content-encoding']
  if (encoding !== undefined) return textView('Response body', `${length} bytes, compressed: ${encoding}`)
  const type = String(headers['content-type']).split(';')[0]
  const text = body.toString('utf8')
  const parameters = type === 'application/json' && !isCut ? decodeJson(text) : null
  if (parameters !== null) return parametersView('Response body', parameters)
  return textView('Response body', beginningOf(type === 'text/html' ? textOfPage(text) : text, length))
}

function beginningOf(text: string, length: number): string {
  if (text.length <= MAX_TEXT_LENGTH) return text
  return `${text.slice(0, MAX_TEXT_LENGTH)}…\n(the beginning of ${length} characters)`
}

/** The text that a browser shows of a page. */
function textOfPage(page: string): string {
  return page
    .replaceAll(/<(style|script|head)\b[^]*?<\/\1>|<[^>]*>/gi, '\n')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim()
}
