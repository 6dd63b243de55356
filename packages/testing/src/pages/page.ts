import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { PAGE_STYLE } from './page-style.ts'

/** Markup in which foreign text is escaped. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

export interface PageOptions {
  /** @default 200 */
  readonly status?: 200 | 400 | 404 | 405 | 413 | undefined
  /**
   * The targets of the page's form and of its redirects, as CSP sources.
   *
   * @default "'none'"
   */
  readonly formAction?: string | undefined
  /** The text of the page's only script, which is inline. */
  readonly script?: string | undefined
  /** More style, after that of all pages. */
  readonly style?: string | undefined
  /** The content of the page's head line, in place of the usual one. */
  readonly header?: Markup | undefined
  /**
   * Whether the script sends requests to its own origin.
   *
   * @default false
   */
  readonly connects?: boolean | undefined
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b6b5d'/%3E%3Ccircle cx='13' cy='16' r='5' fill='none' stroke='%23fff' stroke-width='3'/%3E%3Cpath d='M18 16h9m-3 0v4' stroke='%23fff' stroke-width='3'/%3E%3C/svg%3E"

const HEADER = html`<p>
  Authorization server emulator <span>for tests and demos, nothing here is real</span>
</p>`

/** Renders a whole page: no assets, and a policy that allows only its own style and script. */
export async function page(title: string, content: Markup, options: PageOptions = {}): Promise<Response> {
  const { status = 200, script, header = HEADER } = options
  const style = PAGE_STYLE + (options.style ?? '')
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – authorization server emulator</title>
        <link rel="icon" href="${raw(ICON)}" />
        ${inline('style', style)}
      </head>
      <body>
        <header>${header}</header>
        <main>${content}</main>
        ${script === undefined ? '' : inline('script', script)}
      </body>
    </html> `
  return new Response(String(document), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(style, options),
    },
  })
}

/** Doesn't use a template: formatters indent templates, and the policy contains the hash of the exact text. */
function inline(element: 'style' | 'script', text: string): HtmlEscapedString {
  return raw(`<${element}>${text}</${element}>`)
}

function contentSecurityPolicy(
  style: string,
  { formAction = "'none'", script, connects = false }: PageOptions,
): string {
  return [
    "default-src 'none'",
    `style-src ${hashSource(style)}`,
    ...(script === undefined ? [] : [`script-src ${hashSource(script)}`]),
    ...(connects ? ["connect-src 'self'"] : []),
    'img-src data:',
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
