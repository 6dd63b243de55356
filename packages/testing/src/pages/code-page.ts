import { html } from 'hono/html'
import { page } from './page.ts'

const COPY_SCRIPT = `
const button = document.getElementById('copy')
const response = document.getElementById('response')
const status = document.getElementById('status')
button.hidden = false
button.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(response.textContent)
    status.textContent = 'Copied. Paste it into the application.'
  } catch {
    getSelection().selectAllChildren(response)
    status.textContent = 'The browser did not allow copying. The code is selected: copy it with the keyboard.'
  }
})
`

/** The hosted page that shows `code#state` for pasting. */
export function codePage(code: string, state: string): Promise<Response> {
  const content = html`<h1>Copy this code</h1>
    <p>Paste it into the application that asked for it. It works once, and for a few minutes.</p>
    <output id="response">${code}#${state}</output>
    <div class="actions"><button class="primary" id="copy" type="button" hidden>Copy</button></div>
    <p class="soft" id="status" role="status"></p>
    <p class="soft">Don't give it to anyone else: whoever has it can finish the login.</p>`
  return page('Your code', content, { script: COPY_SCRIPT })
}

/** The hosted page after the user has denied access. */
export function deniedPage(): Promise<Response> {
  const content = html`<h1>Access was denied</h1>
    <p>The application received nothing. You can close this page.</p>
    <p class="soft">If this was a mistake, go back to the application and start the login again.</p>`
  return page('Access denied', content)
}

/** The hosted page while the account is on hold. */
export function onHoldPage(reasonUrl: string): Promise<Response> {
  const content = html`<h1>This account is on hold</h1>
    <p>The application received nothing. To find out why, and what you can do, open this page:</p>
    <p><a href="${reasonUrl}">${reasonUrl}</a></p>
    <p class="soft">Once the hold is lifted, go back to the application and start the login again.</p>`
  return page('Account on hold', content)
}
