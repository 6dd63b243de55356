import { html } from 'hono/html'
import type { Markup } from '../pages/page.ts'
import type { Parameter } from './decoded-body.ts'

/** A list of names and values; nothing when it is empty. */
export function parametersView(title: string, parameters: readonly Parameter[]): Markup {
  if (parameters.length === 0) return html``
  return html`<h4>${title}</h4>
    <dl>
      ${parameters.map(
        ({ name, value }) =>
          html`<dt>${name}</dt>
            <dd><code>${value}</code></dd>`,
      )}
    </dl>`
}

/** A text that has no parameters; nothing when it is empty. */
export function textView(title: string, text: string): Markup {
  if (text === '') return html``
  return html`<h4>${title}</h4>
    <pre tabindex="0">${text}</pre>`
}
