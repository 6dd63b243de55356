// `pnpm release:links`, which is also a part of `pnpm run version`: leads `repository`, `homepage`, `bugs` and the READMEs
// of all packages to the `repository` of the workspace.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { packageLinks, withAbsoluteLinks } from './packages/package-links.ts'
import { repositoryUrl } from './release/repository-url.ts'

const root = join(import.meta.dirname, '..')
const repository = repositoryUrl()
if (repository === null) throw new Error('Set "repository" in package.json first.')

for (const path of globSync('packages/*/package.json', { cwd: root }).map((file) => join(root, file))) {
  const folder = basename(dirname(path))
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  writeFileSync(path, `${JSON.stringify({ ...manifest, ...packageLinks(repository, folder) }, null, 2)}\n`)
  const readme = join(dirname(path), 'README.md')
  writeFileSync(readme, withAbsoluteLinks(readFileSync(readme, 'utf8'), repository, folder))
  execFileSync(join(root, 'node_modules/.bin/oxfmt'), [path, readme], { cwd: root, stdio: 'ignore' })
}
