import { html } from 'hono/html'
import type { AuthorizationRequest, ConsentMode } from './authorization-request.ts'
import { grantedWorkspace } from './account.ts'
import { PATHS } from './endpoint-paths.ts'
import { page, type Markup } from './page.ts'
import { SCOPE_DESCRIPTIONS } from './scope.ts'
import type { ServerState } from './server-environment.ts'

const MODE_NAMES: Readonly<Record<ConsentMode, string>> = {
  max: 'Claude subscription (mode max)',
  console: 'Claude Console (mode console)',
}

/** The page that asks the person: who wants access, for what, and where the answer goes. */
export function consentPage(
  request: AuthorizationRequest,
  consentId: string,
  state: ServerState,
): Promise<Response> {
  const content = html`<h1>Allow this application to use your account?</h1>
    <p class="soft">It asks for access to the account below, and gets it only if you allow it.</p>
    ${facts(request, state)}
    <h2>It will be able to</h2>
    <ul>
      ${request.scopes.map((scope) => html`<li>${SCOPE_DESCRIPTIONS[scope]} <code>${scope}</code></li>`)}
    </ul>
    <form method="post">
      <input type="hidden" name="consent" value="${consentId}" />
      <div class="actions">
        <button class="primary" name="decision" value="allow">Allow</button>
        <button name="decision" value="deny">Deny</button>
      </div>
    </form>`
  return page('Allow access?', content, { formAction: `'self' ${redirectSource(request.redirectUri)}` })
}

function facts(request: AuthorizationRequest, { account, url }: ServerState): Markup {
  const { clientId, mode, organizationId, workspaceId, redirectUri, loginHint } = request
  const workspace = grantedWorkspace(account, workspaceId)
  return html`<dl>
    <dt>Application</dt>
    <dd><code>${clientId}</code></dd>
    <dt>Account</dt>
    <dd>${account.email}<br /><span class="soft">${MODE_NAMES[mode]}</span></dd>
    <dt>Organization</dt>
    <dd>${organizationId === null ? account.organization.name : html`<code>${organizationId}</code>`}</dd>
    ${
      workspace === null
        ? ''
        : html`<dt>Workspace</dt>
            <dd><code>${workspace.id}</code></dd>`
    }
    ${
      loginHint === null
        ? ''
        : html`<dt>Suggested login</dt>
            <dd>${loginHint}</dd>`
    }
    <dt>Answer goes to</dt>
    <dd>
      ${
        redirectUri.split('?')[0] === url + PATHS.codePage
          ? 'a page that shows a code for you to copy'
          : html`<code>${redirectUri}</code>`
      }
    </dd>
  </dl>`
}

/** Browsers apply `form-action` to the redirect that answers a form, too: its target has to be a source. */
function redirectSource(redirectUri: string): string {
  const { origin, protocol, hostname } = new URL(redirectUri)
  // Content Security Policy has no source for an IPv6 address, and none but the scheme for a private-use one.
  return origin === 'null' || hostname.startsWith('[') ? protocol : origin
}
