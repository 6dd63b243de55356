/** The style of all pages; inlined, since a page with an asset would tell another request about itself. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f3f4f2; --card: #fff; --ink: #1d2321; --soft: #56605c; --line: #d9dedb; --field: #f6f8f7;
  --accent: #0b6b5d; --on-accent: #fff; --warn: #a3341f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121615; --card: #1b211f; --ink: #e8ecea; --soft: #a3aeaa; --line: #333c39; --field: #141918;
    --accent: #5cc9b5; --on-accent: #08221d; --warn: #f19a85;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; padding: 1.5rem 1rem 3rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
header, main { max-width: 34rem; margin: 0 auto; }
header { margin-bottom: 1.25rem; font-size: .875rem; color: var(--soft); }
header p { margin: 0; font-weight: 600; color: var(--ink); }
header span { display: block; font-weight: 400; color: var(--soft); }
main { padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); font-size: .9375rem; }
.warn h1 { color: var(--warn); }
ul { margin: 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 10px; }
li { padding: .7rem .9rem; }
li + li { border-top: 1px solid var(--line); }
li code { display: block; color: var(--soft); }
dl { margin: 0; display: grid; gap: .15rem 1rem; }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0 0 .6rem; }
code, output { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; }
output {
  display: block; padding: .9rem 1rem; background: var(--field);
  border: 1px solid var(--line); border-radius: 10px; user-select: all; -webkit-user-select: all;
}
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button {
  flex: 1 1 8rem; min-height: 3rem; padding: .6rem 1.25rem; border-radius: 10px; cursor: pointer;
  font: inherit; font-weight: 600; border: 1px solid var(--line); background: transparent; color: var(--ink);
}
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button:hover { border-color: var(--ink); }
button.primary:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
label { color: var(--soft); font-size: .875rem; }
select {
  width: 100%; min-height: 3rem; padding: .6rem .9rem; border-radius: 10px; border: 1px solid var(--line);
  background: var(--field); color: var(--ink); font: inherit;
}
[hidden] { display: none; }
@media (min-width: 48rem) {
  body { padding-top: 9vh; }
  main { padding: 2.25rem; }
  dl { grid-template-columns: 9.5rem 1fr; gap: .5rem 1rem; }
  dt { font-size: .9375rem; }
  dd { margin: 0; }
}
@media (forced-colors: active) { button.primary { border-width: 3px; } }
@media print { body { background: none; } .actions { display: none; } }
`
