import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'

/** Text that is already HTML. */
class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Returns HTML in which every value is escaped, except markup. */
function html(strings: TemplateStringsArray, ...values: readonly (string | Markup)[]): Markup {
  const texts = values.map((value) =>
    value instanceof Markup
      ? value.text
      : value.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? ''),
  )
  return new Markup(String.raw({ raw: strings }, ...texts))
}

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --accent: #0b6b5d; --on-accent: #fff; --warn: #a3341f; }
@media (prefers-color-scheme: dark) { :root { --accent: #5cc9b5; --on-accent: #08221d; --warn: #f19a85; } }
* { box-sizing: border-box; }
body { max-width: 34rem; margin: 0 auto; padding: 10vh 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; }
[role=alert] { padding: .75rem 1rem; border-left: 4px solid var(--warn); background: #8881; }
label { display: block; margin-bottom: .25rem; font-weight: 600; }
input, button, a.button { width: 100%; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 8px; font: inherit; }
button, a.button { display: block; margin: .75rem 0; background: none; color: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
button.primary, a.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  // With no-referrer, browsers would send `Origin: null` with a form.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

export interface Page {
  readonly title: string
  readonly content: Markup
}

export function sendPage(response: ServerResponse, status: number, { title, content }: Page): void {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${new Markup(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
  response.writeHead(status, HEADERS).end(document.text)
}

export function startPage(problem: string | null): Page {
  return {
    title: 'Connect your Claude Console account',
    content: html`${alert(problem)}
      <p>
        This application creates an API key in your organization. It sees neither your password nor your other
        keys.
      </p>
      ${post('/login', 'Log in', 'primary')}`,
  }
}

/** @param pastes - whether the user pastes the code, instead of coming back with a redirect */
export function loginPage(authorizationUrl: string, problem: string | null, pastes: boolean): Page {
  return {
    title: 'Allow access',
    content: html`${alert(problem)} ${pastes ? pasteSteps(authorizationUrl) : redirectStep(authorizationUrl)}
    ${post('/login', 'Start again with a new link', '')}`,
  }
}

function redirectStep(authorizationUrl: string): Markup {
  return html`<p>Allow access on the page of the service. It brings you back here.</p>
    <a class="button primary" href="${authorizationUrl}">Continue</a>`
}

function pasteSteps(authorizationUrl: string): Markup {
  return html`<ol>
      <li>Open the page of the service and allow access.</li>
      <li>Copy the code that is shown then, and paste it here.</li>
    </ol>
    <a class="button primary" href="${authorizationUrl}" target="_blank" rel="noreferrer"
      >Open it in a new tab</a
    >
    <form method="post" action="/code">
      <label for="code">The code, in the form code#state</label>
      <input id="code" name="code" required autocomplete="off" autocapitalize="off" spellcheck="false" />
      <button class="primary">Log in</button>
    </form>`
}

/** @param keyStart - the first characters of the key, as the Console lists it */
export function keyPage(email: string | null, keyStart: string): Page {
  return {
    title: 'You are logged in',
    content: html`<p>
        This application now works for ${email ?? 'your account'}, with the key <code>${keyStart}…</code>.
      </p>
      ${post('/logout', 'Log out', '')}`,
  }
}

function alert(problem: string | null): Markup {
  return problem === null ? html`` : html`<p role="alert">${problem}</p>`
}

function post(action: string, text: string, style: string): Markup {
  return html`<form method="post" action="${action}"><button class="${style}">${text}</button></form>`
}
