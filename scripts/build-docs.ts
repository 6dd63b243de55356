// `pnpm docs:build`: installs the tools of the documentation site, builds it, and checks its links.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brokenSiteLinks } from './docs/broken-site-links.ts'

const docs = join(import.meta.dirname, '../docs')
const dist = join(docs, '.vitepress/dist')

for (const args of [
  ['install', '--frozen-lockfile'],
  ['run', 'build'],
]) {
  execFileSync('pnpm', args, { cwd: docs, stdio: 'inherit' })
}

const files = globSync('**/*', { cwd: dist, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
const pages = new Map(
  files.map((file) => [
    file.slice(dist.length + 1).replaceAll('\\', '/'),
    file.endsWith('.html') ? readFileSync(file, 'utf8') : '',
  ]),
)
const problems = brokenSiteLinks(pages, process.env['SITE_BASE'] ?? '/')
for (const problem of problems) console.error(problem)
console.log(`${pages.size} files, ${problems.length} broken links`)
if (problems.length > 0) process.exitCode = 1
