/** The style of the inspector, after the style of all pages. */
export const INSPECTOR_STYLE = `
:root { --good: #0b6b4d; --bad: #a3341f; --mark: #fbe3b3; --hover: #f0f3f1; }
@media (prefers-color-scheme: dark) { :root { --good: #6fd6a8; --bad: #f19a85; --mark: #5b4413; --hover: #222a27; } }
body { padding: 0; }
header {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; max-width: none; margin: 0;
  padding: .75rem 1.25rem; background: var(--card); border-bottom: 1px solid var(--line);
}
header h1 { margin: 0; font-size: 1.0625rem; color: var(--ink); }
header span { display: inline; }
#connection { margin-left: auto; }
main { max-width: 90rem; padding: 1.25rem; background: none; border: 0; border-radius: 0; }
.columns { display: grid; gap: 1.25rem; }
.side { display: grid; gap: 1.25rem; align-content: start; min-width: 0; }
section { min-width: 0; }
.side > section, .group {
  padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px;
}
.group { padding: 0; margin-bottom: 1rem; overflow: hidden; }
h2 { margin: 0 0 .6rem; font-size: 1rem; scroll-margin-top: 1rem; }
.title { margin-bottom: .6rem; min-height: 2.25rem; }
.title h2 { margin: 0; }
a { color: var(--accent); }
nav { display: flex; gap: 1rem; }
nav a { font-size: .875rem; padding: .25rem 0; }
.reason { grid-column: 2; color: var(--bad); font-size: .875rem; }
.why { grid-column: 2 / -1; font-size: .875rem; }
li :is(.why, .refusal p) code { display: inline; color: inherit; }
details[open] > summary > .why { display: none; }
h3 { margin: 0; font-size: .9375rem; }
h4 { margin: .9rem 0 .3rem; font-size: .875rem; }
h3 .soft { font-weight: 400; }
p { margin: 0 0 .6rem; }
.group > h3 { padding: .7rem 1rem; border-bottom: 1px solid var(--line); }
ol { margin: 0; padding: 0; list-style: none; }
li { padding: 0; }
.side ul form { margin: 0; }
#faults > form { margin-top: .6rem; }
.group li { border: 0; }
.group li + li { border-top: 1px solid var(--line); }
.row { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; }
.side li { padding: .6rem .8rem; }
.soft { color: var(--soft); font-size: .875rem; }
#requests > .empty { padding: 2rem 1rem; text-align: center; border: 1px dashed var(--line); border-radius: 12px; }
#requests > .empty:not(:only-child) { display: none; }
summary { cursor: pointer; }
.group summary {
  display: grid; grid-template-columns: 3rem 1fr auto; gap: 0 .75rem; align-items: baseline;
  padding: .55rem 1rem; list-style: none;
}
.group summary::-webkit-details-marker { display: none; }
.group summary:hover { background: var(--hover); }
.step { font-weight: 600; }
.path { grid-column: 2; color: var(--soft); overflow-wrap: anywhere; }
.when { grid-column: 3; grid-row: 1; color: var(--soft); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.status { font: 600 .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--soft); }
.status.good { color: var(--good); }
.status.bad, .over { color: var(--bad); }
.tag {
  grid-column: 2; justify-self: start; margin-top: .2rem; padding: 0 .5rem; border: 1px solid var(--line);
  border-radius: 99px; color: var(--soft); font-size: .8125rem;
}
.details { padding: .25rem 1rem 1rem; border-left: 3px solid var(--accent); margin: 0 0 .5rem 1rem; }
.refusal { margin: .75rem 0; padding: .75rem 1rem; border: 1px solid var(--bad); border-radius: 10px; }
.refusal h4 { margin: 0 0 .4rem; color: var(--bad); }
.note { color: var(--soft); font-size: .9375rem; }
mark { background: var(--mark); color: var(--ink); border-radius: 3px; }
dl { grid-template-columns: 1fr; gap: 0; font-size: .875rem; }
dt { font-size: .8125rem; }
dd { margin: 0 0 .45rem; }
dd code { white-space: pre-wrap; }
pre {
  margin: 0; padding: .75rem .9rem; overflow: auto; max-height: 22rem; background: var(--field);
  border: 1px solid var(--line); border-radius: 8px; font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
.login dl { margin: .4rem 0 .6rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
.stack { display: grid; gap: .35rem; margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.stack .buttons { margin-top: .5rem; }
label { color: var(--soft); font-size: .875rem; }
button { flex: 0 0 auto; min-height: 2.25rem; padding: .3rem .8rem; border-radius: 8px; font-size: .875rem; background: var(--card); }
select, input {
  width: 100%; min-height: 2.25rem; padding: .3rem .6rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--field); color: var(--ink); font: inherit; font-size: .9375rem;
}
.side details + details { border-top: 1px solid var(--line); }
.side details > summary { padding: .5rem 0; }
.snippet { display: grid; gap: .5rem; margin-bottom: .6rem; }
.snippet button { justify-self: start; }
#message:not(:empty) {
  position: sticky; bottom: 0; margin: 1rem 0 0; padding: .7rem 1rem; background: var(--card);
  border: 1px solid var(--bad); border-radius: 10px; color: var(--bad);
}
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (min-width: 60rem) {
  main { padding: 1.25rem; }
  .columns { grid-template-columns: minmax(0, 1fr) 26rem; }
  .group dl { grid-template-columns: 13rem minmax(0, 1fr); gap: .15rem 1rem; }
  .group dl dd { margin: 0; grid-column: 2; }
  .side dl { grid-template-columns: 7rem minmax(0, 1fr); gap: .1rem .75rem; }
  .side dd { margin: 0; }
}
@media (max-width: 30rem) {
  main { padding: .75rem; }
  .group summary { grid-template-columns: 2.5rem 1fr; }
  .when { grid-column: 2; grid-row: auto; }
}
`
