import { html } from 'hono/html'
import type { ActiveFault } from '../faults/fault-queue.ts'
import type { Markup } from '../pages/page.ts'
import { ENDPOINT_TITLES, FAULT_PRESETS, titleOf } from './fault-presets.ts'

/** The form that adds a fault. */
export function faultForm(): Markup {
  return html`<form method="post" action="/inspector/actions" class="stack">
    <label for="endpoint">Endpoint</label>
    <select id="endpoint" name="endpoint">
      ${Object.entries(ENDPOINT_TITLES).map(([name, title]) => html`<option value="${name}">${title}</option>`)}
    </select>
    <label for="fault">Fault</label>
    <select id="fault" name="fault">
      ${FAULT_PRESETS.map(({ title, fault }) => html`<option value="${JSON.stringify(fault)}">${title}</option>`)}
    </select>
    <details>
      <summary>Write the fault as JSON</summary>
      <label for="custom">A fault as faults.next() takes it</label>
      <input
        id="custom"
        name="custom"
        autocomplete="off"
        spellcheck="false"
        placeholder='{"type":"delay","ms":250}'
      />
    </details>
    <div class="buttons">
      <button name="action" value="fault-next">Next request</button>
      <button name="action" value="fault-always">Every request</button>
    </div>
  </form>`
}

/** The faults that wait for requests, each with a button that removes it. */
export function activeFaults(active: readonly ActiveFault[]): Markup {
  if (active.length === 0) return html`<p class="soft">No faults: every endpoint works.</p>`
  return html`<ul>
      ${active.map(activeFault)}
    </ul>
    <form method="post" action="/inspector/actions">
      <button name="action" value="clear-faults">Clear all faults</button>
    </form>`
}

function activeFault({ id, endpoint, fault, isPermanent }: ActiveFault): Markup {
  const name = `${ENDPOINT_TITLES[endpoint]}: ${titleOf(fault)}`
  return html`<li class="row">
    <span>${name} <span class="soft">${isPermanent ? 'every request' : 'next request'}</span></span>
    <form method="post" action="/inspector/actions">
      <input type="hidden" name="id" value="${id}" />
      <button id="clear-fault-${id}" name="action" value="clear-fault" aria-label="Clear the fault ${name}">
        Clear
      </button>
    </form>
  </li>`
}
