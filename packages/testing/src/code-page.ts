import { html } from 'hono/html'
import { HOLD_PAGE, ON_HOLD } from './authorization-server/account-hold.ts'
import { PageRefusal } from './error-page.ts'
import { page } from './page.ts'

const VISIBLE_ASCII = /^[\x21-\x7e]{1,512}$/

const COPY_SCRIPT = `
const button = document.getElementById('copy')
const answer = document.getElementById('answer')
const status = document.getElementById('status')
button.hidden = false
button.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(answer.textContent)
    status.textContent = 'Copied. Paste it into the application.'
  } catch {
    getSelection().selectAllChildren(answer)
    status.textContent = 'The browser did not allow copying. The code is selected: copy it with the keyboard.'
  }
})
`

/**
 * The hosted page that shows `code#state` for pasting, or why there is no code.
 *
 * @throws PageRefusal when the query holds neither
 */
export function codePage(parameters: URLSearchParams): Promise<Response> {
  if (parameters.get('error') === 'access_denied') {
    return parameters.get('error_description') === ON_HOLD ? onHoldPage() : deniedPage()
  }
  const code = readOnce(parameters, 'code')
  const state = readOnce(parameters, 'state')
  const content = html`<h1>Copy this code</h1>
    <p>Paste it into the application that asked for it. It works once, and for a few minutes.</p>
    <output id="answer">${code}#${state}</output>
    <div class="actions"><button class="primary" id="copy" type="button" hidden>Copy</button></div>
    <p class="soft" id="status" role="status"></p>
    <p class="soft">Give it to nobody else: whoever holds it can finish the login.</p>`
  return page('Your code', content, { script: COPY_SCRIPT })
}

function deniedPage(): Promise<Response> {
  const content = html`<h1>Access was denied</h1>
    <p>The application got nothing. You can close this page.</p>
    <p class="soft">If this was a mistake, go back to the application and start the login again.</p>`
  return page('Access denied', content)
}

function onHoldPage(): Promise<Response> {
  const content = html`<h1>This account is on hold</h1>
    <p>The application got nothing. To find out why, and what you can do, open this page:</p>
    <p><a href="${HOLD_PAGE}">${HOLD_PAGE}</a></p>
    <p class="soft">Once the hold is lifted, go back to the application and start the login again.</p>`
  return page('Account on hold', content)
}

function readOnce(parameters: URLSearchParams, name: string): string {
  const [value, ...others] = parameters.getAll(name)
  if (value === undefined) throw new PageRefusal(`The parameter ${name} is missing.`)
  if (others.length > 0) throw new PageRefusal('A parameter was sent more than once.', name)
  if (!VISIBLE_ASCII.test(value)) throw new PageRefusal(`The parameter ${name} is malformed.`)
  return value
}
