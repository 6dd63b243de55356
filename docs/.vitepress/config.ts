import { defineConfig, type MarkdownOptions } from 'vitepress'
import { headingSlug } from '../../scripts/docs/heading-slug.ts'
import { repositoryUrl } from '../../scripts/release/repository-url.ts'
import { siteLink } from '../../scripts/docs/site-link.ts'
import { diagram } from './diagram.ts'
import { sidebar } from './sidebar.ts'

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0]
type Token = ReturnType<MarkdownIt['parse']>[number]

const repository = repositoryUrl()
const base = process.env['SITE_BASE'] ?? '/'

/** The pages whose diagrams and tables need the space of the outline. */
const WIDE_PAGES = new Set(['token-provider.md', 'dependencies.md', 'performance.md'])

function drawDiagrams(markdown: MarkdownIt): void {
  const fence = markdown.renderer.rules.fence
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index]
    return token?.info.trim() === 'mermaid' ? diagram(token.content) : (fence?.(tokens, index, ...rest) ?? '')
  }
}

/** Links to files outside docs/ lead to the repository. While it has no URL, they become plain text. */
function leadOutside(markdown: MarkdownIt): void {
  markdown.core.ruler.push('lead-outside', ({ tokens, env }) => {
    for (const token of tokens) {
      if (token.children !== null) token.children = redirected(token.children, env.relativePath)
    }
  })
}

function redirected(tokens: readonly Token[], page: string): Token[] {
  let isDropped = false
  return tokens.filter((token) => {
    if (token.type === 'link_open') {
      const href = siteLink(token.attrGet('href') ?? '', { page, repository })
      isDropped = href === null
      token.attrSet('href', href ?? '')
    }
    return !(isDropped && (token.type === 'link_open' || token.type === 'link_close'))
  })
}

export default defineConfig({
  title: 'anthropic-auth',
  description: 'OAuth 2.0 login for Anthropic and Claude in TypeScript',
  base,
  head: [['link', { rel: 'icon', href: `${base}favicon.svg`, type: 'image/svg+xml' }]],
  lang: 'en',
  cleanUrls: true,
  srcExclude: ['README.md'],
  rewrites: { 'decisions/README.md': 'decisions/index.md', 'recipes/README.md': 'recipes/index.md' },
  transformPageData: ({ relativePath, frontmatter }) => {
    if (WIDE_PAGES.has(relativePath)) frontmatter['aside'] = false
  },
  markdown: {
    anchor: { slugify: headingSlug },
    config: (markdown) => {
      drawDiagrams(markdown)
      leadOutside(markdown)
    },
  },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/getting-started' },
      { text: 'Command line', link: '/command-line' },
      { text: 'Errors', link: '/errors' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: sidebar(),
    ...(repository !== null && {
      editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Edit this page' },
      socialLinks: [{ icon: 'github', link: repository }],
    }),
    footer: { message: 'MIT license. Independent and unofficial: Anthropic neither makes nor endorses it.' },
  },
})
