import { renderMermaidSVG } from 'beautiful-mermaid'

/** A Mermaid diagram as an inline SVG, drawn at build time: a page loads no library for it. */
export function diagram(source: string): string {
  const svg = renderMermaidSVG(source, { transparent: true, padding: 4, nodeSpacing: 12 })
  // The style element loads a font from another host; the theme has the same rules. See theme/diagram.css.
  const bare = svg.replace(/<style>[\s\S]*?<\/style>/, '')
  return `<div class="diagram" v-pre>${bare.replaceAll(/\n\s*/g, '')}</div>\n`
}
