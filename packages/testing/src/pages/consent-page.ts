import { html } from 'hono/html'
import { page, type Markup } from './page.ts'

/** The facts that a user needs to decide. */
export interface ConsentView {
  /** Goes into the form, so that the decision finds its request. */
  readonly consentId: string
  readonly clientId: string
  readonly email: string
  /** The kind of account, in words. */
  readonly accountKind: string
  readonly organization: string
  /** The requested workspace. */
  readonly workspace: string | null
  /** The workspaces to choose from, the usual one first. */
  readonly workspaces: readonly { readonly id: string; readonly name: string }[]
  readonly loginHint: string | null
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
  readonly redirectUri: string
  /** The redirect URI is the emulator's own code page. */
  readonly showsCode: boolean
}

/** The page that asks the user: which application wants access, to what, and where the response goes. */
export function consentPage(view: ConsentView): Promise<Response> {
  const content = html`<h1>Allow this application to use your account?</h1>
    <p class="soft">It asks for access to the account below, and gets it only if you allow it.</p>
    ${facts(view)}
    <h2>It will be able to</h2>
    <ul>
      ${view.scopes.map(({ name, description }) => html`<li>${description} <code>${name}</code></li>`)}
    </ul>
    <form method="post">
      <input type="hidden" name="consent" value="${view.consentId}" />
      ${workspacePicker(view)}
      <div class="actions">
        <button class="primary" name="decision" value="allow">Allow</button>
        <button name="decision" value="deny">Deny</button>
      </div>
    </form>`
  return page('Allow access?', content, { formAction: `'self' ${redirectSource(view.redirectUri)}` })
}

function facts(view: ConsentView): Markup {
  return html`<dl>
    ${fact('Application', html`<code>${view.clientId}</code>`)}
    ${fact('Account', html`${view.email}<br /><span class="soft">${view.accountKind}</span>`)}
    ${fact('Organization', view.organization)}
    ${view.workspace === null ? '' : fact('Workspace', html`<code>${view.workspace}</code>`)}
    ${view.loginHint === null ? '' : fact('Suggested login', view.loginHint)}
    ${fact(
      'Response goes to',
      view.showsCode ? 'a page that shows a code for you to copy' : html`<code>${view.redirectUri}</code>`,
    )}
  </dl>`
}

function workspacePicker({ workspaces }: ConsentView): Markup | string {
  if (workspaces.length === 0) return ''
  return html`<p>
    <label for="workspace">Workspace</label>
    <select id="workspace" name="workspace">
      ${workspaces.map(({ id, name }) => html`<option value="${id}">${name} (${id})</option>`)}
    </select>
  </p>`
}

function fact(term: string, description: Markup | string): Markup {
  return html`<dt>${term}</dt>
    <dd>${description}</dd>`
}

/** Browsers apply `form-action` to the redirect that follows a form too, so its target must be a source. */
function redirectSource(redirectUri: string): string {
  const { origin, protocol, hostname } = new URL(redirectUri)
  // Content Security Policy has no source for an IPv6 address, and only the scheme for a private-use URI.
  return origin === 'null' || hostname.startsWith('[') ? protocol : origin
}
