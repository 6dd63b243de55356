import { html } from 'hono/html'
import type { Markup } from '../pages/page.ts'
import type { LogEntry } from '../request-log.ts'
import type { InspectedServer } from './inspected-server.ts'
import { requestView } from './request-view.ts'

/** The page shows this many requests at most. */
const MAX_REQUESTS = 200

/** The last requests, grouped by login. */
export function requestsView(server: InspectedServer): Markup {
  return html`<p class="soft empty">
      No requests yet. <a href="#connections-title">Point a program here</a>, and watch them arrive.
    </p>
    ${requestGroups(server.log.entries.slice(-MAX_REQUESTS), server)}`
}

/** The groups of these requests: the newest login first, its requests in their order. */
export function requestGroups(entries: readonly LogEntry[], server: InspectedServer): Markup {
  const loginOf = ({ trace }: LogEntry): number => trace.login ?? 0
  const logins = [...new Set(entries.map(loginOf))].toSorted((one, other) => other - one)
  return html`${logins.map((login) =>
    groupView(
      login,
      entries.filter((entry) => loginOf(entry) === login),
      server,
    ),
  )}`
}

/** One login with its requests. The number 0 stands for the requests that belong to no login. */
function groupView(login: number, entries: readonly LogEntry[], { state }: InspectedServer): Markup {
  const session = state.sessions.list.find((candidate) => candidate.login === login)
  return html`<section
    class="group"
    id="group-${login}"
    aria-labelledby="group-title-${login}"
    data-login="${login}"
  >
    <h3 id="group-title-${login}">
      ${login === 0 ? 'Other requests' : `Login ${login}`}
      <span class="soft">${session === undefined ? '' : session.mode}</span>
    </h3>
    <ol>
      ${entries.map(requestView)}
    </ol>
  </section>`
}
