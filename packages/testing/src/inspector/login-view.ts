import { html } from 'hono/html'
import type { ServerState } from '../authorization-server/server-state.ts'
import type { AccessGrant, Session } from '../authorization-server/session.ts'
import type { Markup } from '../pages/page.ts'

/** More logins than this would only make the page slow. */
const MAX_LOGINS = 20

const MODES: Readonly<Record<Session['mode'], string>> = {
  max: 'Claude subscription',
  console: 'Claude Console',
  federation: 'machine',
}

/** The last logins with their tokens, the newest first, each with its buttons. */
export function loginsView({ sessions, now }: ServerState): Markup {
  const logins = sessions.list.slice(-MAX_LOGINS).toReversed()
  if (logins.length === 0) return html`<p class="soft">Nobody has logged in yet.</p>`
  return html`<ul>
    ${logins.map((session) => loginView(session, now()))}
  </ul>`
}

function loginView(session: Session, now: number): Markup {
  const { login, mode, clientId, scopes, organization, workspace, refreshToken } = session
  const grant = session.grants.at(-1)
  return html`<li class="login">
    <h3>Login ${login} <span class="soft">${MODES[mode]}</span></h3>
    <dl>
      ${
        clientId === null
          ? ''
          : html`<dt>Client</dt>
              <dd><code>${clientId}</code></dd>`
      }
      <dt>Scopes</dt>
      <dd>${scopes.join(' ')}</dd>
      <dt>Organization</dt>
      <dd>${organization.name}${workspace === null ? '' : `, workspace ${workspace.id}`}</dd>
      <dt>Access token</dt>
      <dd>${grant === undefined ? 'none' : tokenView(grant, now)}</dd>
      ${
        refreshToken === null
          ? ''
          : html`<dt>Login</dt>
              <dd>${lifetimeView(session.revoked, session.endsAt, now)}</dd>`
      }
    </dl>
    ${session.revoked ? '' : buttons(session)}
  </li>`
}

function tokenView(grant: AccessGrant, now: number): Markup {
  return html`<code title="${grant.token}">${grant.token.slice(0, 20)}…</code>
    ${lifetimeView(grant.revoked || grant.session.revoked, grant.expiresAt, now)}`
}

function lifetimeView(isRevoked: boolean, endsAt: number, now: number): Markup {
  if (isRevoked) return html`<span class="over">revoked</span>`
  if (endsAt === Infinity) return html`<span class="soft">never ends by itself</span>`
  if (endsAt <= now) return html`<span class="over">over</span>`
  return html`<span class="soft" data-until="${endsAt}"
    >ends at ${new Date(endsAt).toTimeString().slice(0, 8)}</span
  >`
}

function buttons({ login, refreshToken }: Session): Markup {
  const button = (action: string, text: string): Markup =>
    html`<button
      id="${action}-${login}"
      name="action"
      value="${action}"
      aria-label="${text} of login ${login}"
    >
      ${text}
    </button>`
  return html`<form method="post" action="/inspector/actions" class="buttons">
    <input type="hidden" name="login" value="${login}" />
    ${button('expire', 'Expire access token')} ${refreshToken === null ? '' : button('end', 'End login')}
    ${button('revoke', 'Revoke')}
  </form>`
}

/** The account, with the button that puts it on hold. */
export function accountView({ account, hold }: ServerState): Markup {
  const isOnHold = hold.isActive
  return html`<p class="row">
      <span>${account.email} ${isOnHold ? html`<span class="over">on hold</span>` : ''}</span>
    </p>
    <form method="post" action="/inspector/actions">
      <button id="hold" name="action" value="${isOnHold ? 'lift-hold' : 'hold'}">
        ${isOnHold ? 'Lift the hold' : 'Put on hold'}
      </button>
    </form>`
}
