import { html } from 'hono/html'
import { endpointsOf } from '../authorization-server/endpoint-paths.ts'
import { page, type Markup } from '../pages/page.ts'
import { connections, type Connection } from './connections.ts'
import { activeFaults, faultForm } from './fault-view.ts'
import type { InspectedServer } from './inspected-server.ts'
import { INSPECTOR_SCRIPT } from './inspector-script.ts'
import { INSPECTOR_STYLE } from './inspector-style.ts'
import { accountView, loginsView } from './login-view.ts'
import { requestsView } from './request-groups.ts'

const SECTIONS = { requests: 'Requests', logins: 'Logins', faults: 'Faults', connections: 'Connect' }

/** Renders the whole page. It works without JavaScript, which only keeps it up to date. */
export function inspectorPage(server: InspectedServer): Promise<Response> {
  const { url, apiUrl, state } = server
  const content = html`<div class="columns" data-now="${state.now()}">
      <section aria-labelledby="requests-title">
        <div class="row title">
          <h2 id="requests-title">Requests</h2>
          <form method="post" action="/inspector/actions">
            <button name="action" value="clear-requests">Clear</button>
          </form>
        </div>
        <p class="sr" id="announcement" role="status"></p>
        <div id="requests">${requestsView(server)}</div>
      </section>
      <div class="side">
        ${section('logins', 'Logins', loginsView(state))} ${section('account', 'Account', accountView(state))}
        ${section('faults', 'Faults', activeFaults(server.faults.active), faultForm())}
        <section aria-labelledby="connections-title">
          <h2 id="connections-title">Point a program here</h2>
          ${connections({ url, apiUrl, endpoints: endpointsOf(url, apiUrl) }).map(connectionView)}
        </section>
      </div>
    </div>
    <p id="message" role="alert"></p>`
  return page('Inspector', content, {
    formAction: "'self'",
    connects: true,
    style: INSPECTOR_STYLE,
    script: INSPECTOR_SCRIPT,
    header: headerView(url),
  })
}

/** The parts of the page that change, each in an element with its id. */
export function panelsView({ state, faults }: InspectedServer): Markup {
  return html`<div id="logins">${loginsView(state)}</div>
    <div id="account">${accountView(state)}</div>
    <div id="faults">${activeFaults(faults.active)}</div>`
}

function headerView(url: string): Markup {
  return html`<h1>Emulator</h1>
    <code>${url}</code>
    <nav aria-label="Sections">
      ${Object.entries(SECTIONS).map(([id, title]) => html`<a href="#${id}-title">${title}</a>`)}
    </nav>
    <span id="connection" role="status"></span>`
}

function section(id: string, title: string, content: Markup, more: Markup | '' = ''): Markup {
  return html`<section aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    <div id="${id}">${content}</div>
    ${more}
  </section>`
}

function connectionView({ title, code }: Connection, index: number): Markup {
  return html`<details ${index === 0 ? 'open' : ''}>
    <summary>${title}</summary>
    <div class="snippet">
      <pre tabindex="0">${code}</pre>
      <button type="button" data-copy hidden>Copy</button>
    </div>
  </details>`
}
