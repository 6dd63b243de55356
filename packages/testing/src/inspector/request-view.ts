import { html } from 'hono/html'
import type { Mismatch, Refusal } from '../explanations/refusal.ts'
import type { Markup } from '../pages/page.ts'
import type { LogEntry } from '../request-log.ts'
import { decodeBody, decodeQuery } from './decoded-body.ts'
import { parametersView, textView } from './parameters-view.ts'
import { responseView } from './response-view.ts'
import { challengeOf } from '../explanations/code-verifier.ts'
import { differenceIndex, explainDifference } from '../explanations/difference.ts'
import { stepOf, type Step } from './step.ts'

/** One request in the list: a line that opens to its details. */
export function requestView(entry: LogEntry): Markup {
  const { number, record, trace, fault } = entry
  const step = stepOf(record)
  return html`<li id="request-${number}" data-group="${trace.login ?? 0}">
    <details id="details-${number}">
      <summary>
        ${statusView(entry)}
        <span class="step">${step.title}</span>
        <code class="path">${record.method} ${record.path.split('?')[0]}</code>
        ${trace.refusal === null ? '' : reasonView(trace.refusal)}
        ${fault === null ? '' : html`<span class="tag">fault: ${fault.type}</span>`}
        <span class="when">${durationOf(entry)}<time>${timeOf(record.at)}</time></span>
      </summary>
      <div class="details">${stepView(step)} ${outcomeView(entry)} ${contentView(entry)}</div>
    </details>
  </li>`
}

/** The time of day, by the clock of the emulator. */
function timeOf(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}

function statusView({ record, durationMs }: LogEntry): Markup {
  const { status } = record
  if (status === 0) {
    return html`<span class="status ${durationMs === null ? '' : 'bad'}"
      >${durationMs === null ? '…' : 'none'}</span
    >`
  }
  return html`<span class="status ${status < 400 ? 'good' : 'bad'}">${status}</span>`
}

function durationOf({ durationMs }: LogEntry): string {
  return durationMs === null ? '' : `${Math.max(1, Math.round(durationMs))} ms · `
}

function stepView({ sentence, specification }: Step): Markup {
  return html`<p>
    ${sentence}
    ${specification === null ? '' : html`<a href="${specification.url}" rel="noreferrer" target="_blank">${specification.name}</a>`}
  </p>`
}

function outcomeView({ record, trace, fault, durationMs }: LogEntry): Markup {
  return html`${fault === null ? '' : html`<p class="note">You asked for this: the fault <code>${JSON.stringify(fault)}</code> was applied.</p>`}
  ${record.status === 0 && durationMs !== null ? html`<p class="note">The connection ended without a response.</p>` : ''}
  ${trace.refusal === null ? '' : refusalView(trace.refusal)}`
}

/** The explanation stands in the line itself, until its details are open. */
function reasonView(refusal: Refusal): Markup {
  const explanation = explanationOf(refusal)
  return html`<span class="reason">${refusal.reason}</span>
    ${explanation === null ? '' : html`<span class="why">${sentences(explanation)}</span>`}`
}

function refusalView(refusal: Refusal): Markup {
  const explanation = explanationOf(refusal)
  const { reason, mismatch } = refusal
  return html`<div class="refusal">
    <h4>Refused: ${reason}</h4>
    ${explanation === null ? '' : html`<p>${sentences(explanation)}</p>`}
    ${mismatch === undefined ? '' : mismatchView(mismatch)}
  </div>`
}

function explanationOf({ text, mismatch }: Refusal): string | null {
  return text ?? (mismatch === undefined ? null : explainDifference(mismatch))
}

/** Names and values are in backticks. */
function sentences(text: string): Markup {
  const parts = text.split('`')
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`
}

function mismatchView(mismatch: Mismatch): Markup {
  const { name, sent, expected } = mismatch
  if (name === 'code_verifier') return verifierView(mismatch)
  const others = sent === null || expected.length > 1 ? [] : [sent]
  return html`<dl>
    <dt>Sent as ${name}</dt>
    <dd>${sent === null ? 'nothing' : markedValue(sent, expected)}</dd>
    ${expected.length === 0 ? '' : html`<dt>Accepted</dt>`}
    ${expected.map((value) => html`<dd>${markedValue(value, others)}</dd>`)}
  </dl>`
}

function verifierView(mismatch: Mismatch): Markup {
  const { sent, expected } = mismatch
  return html`<dl>
    <dt>Sent as code_verifier</dt>
    <dd><code>${sent}</code></dd>
    <dt>Its challenge, the SHA-256 of the verifier</dt>
    <dd>
      ${markedValue(challengeOf(sent ?? '') ?? 'none: a verifier has 43 to 128 characters of A-Z a-z 0-9 - . _ ~', expected)}
    </dd>
    <dt>Expected code_challenge, from the authorization request</dt>
    ${expected.map((value) => html`<dd><code>${value}</code></dd>`)}
  </dl>`
}

/** Marks the part of a value that differs from the only other value. */
function markedValue(value: string, others: readonly string[]): Markup {
  const [other] = others
  if (other === undefined || others.length > 1) return html`<code>${value}</code>`
  const index = differenceIndex(value, other)
  return html`<code>${value.slice(0, index)}<mark>${value.slice(index)}</mark></code>`
}

/** The headers come last: they matter least. */
function contentView(entry: LogEntry): Markup {
  const { record } = entry
  const body = decodeBody(record)
  return html`${parametersView('Request query', decodeQuery(record))}
  ${body === null ? textView('Request body', record.body) : parametersView('Request body', body)}
  ${responseView(entry)}
  ${parametersView(
    'Request headers',
    Object.entries(record.headers).map(([name, value]) => ({ name, value })),
  )}`
}
