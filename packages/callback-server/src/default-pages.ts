// These are plain strings because formatters rewrite templates that are marked as HTML, and the policy contains a hash.

/** The styles are inline: loading a style sheet would be another request. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f4; --ink: #1c1d1b; --soft: #5b5d58; --mark: #1f6b47; --on-mark: #fff;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #161715; --ink: #ecedea; --soft: #a9aca5; --mark: #7fd1a4; --on-mark: #10241a; }
}
* { box-sizing: border-box; }
body {
  display: grid; place-items: center; margin: 0; min-height: 100vh; min-height: 100dvh; padding: 2rem 1.25rem;
  background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 26rem; text-align: center; }
svg { width: 3.25rem; height: 3.25rem; margin-bottom: 1.25rem; }
circle { fill: var(--mark); }
path { fill: none; stroke: var(--on-mark); stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round; }
.failure circle { fill: var(--soft); }
.failure path { stroke: var(--ground); }
h1 { margin: 0 0 .6rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
p { margin: 0; color: var(--soft); text-wrap: balance; }
@media (forced-colors: active) { circle { fill: CanvasText; } path { stroke: Canvas; } }
`

/** It doesn't say "logged in": the code has yet to be exchanged. */
export const SUCCESS_PAGE: string = documentOf({
  title: 'Response received',
  kind: 'success',
  mark: 'M10 16.5l4.2 4.2L22.2 12',
  text: 'You can close this page and return to the application.',
})

/** All failures have the same page. Different pages would tell a stranger what the server waits for. */
export const FAILURE_PAGE: string = documentOf({
  title: 'Login not completed',
  kind: 'failure',
  mark: 'M16 9v8.5M16 22.75h.01',
  text: 'Return to the application to see why, or to start the login again. You can close this page.',
})

interface Content {
  readonly title: string
  readonly kind: 'success' | 'failure'
  /** The SVG path of the symbol in the circle. */
  readonly mark: string
  readonly text: string
}

function documentOf({ title, kind, mark, text }: Content): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<main class="${kind}">
<svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="16"/><path d="${mark}"/></svg>
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`
}
