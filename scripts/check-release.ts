// `pnpm release:check`: stops a release that an owner has not prepared.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { releaseProblems, type ReleasedPackage } from './release/release-problem.ts'
import { repositoryUrl } from './release/repository-url.ts'

const root = join(import.meta.dirname, '..')

function releasedPackage(folder: string): ReleasedPackage {
  const changelog = join(folder, 'CHANGELOG.md')
  return {
    folder: basename(folder),
    manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>,
    readme: readFileSync(join(folder, 'README.md'), 'utf8'),
    changelog: existsSync(changelog) ? readFileSync(changelog, 'utf8') : null,
  }
}

const problems = releaseProblems({
  repository: repositoryUrl(),
  security: readFileSync(join(root, 'SECURITY.md'), 'utf8'),
  packages: globSync('packages/*/package.json', { cwd: root }).map((file) =>
    releasedPackage(join(root, dirname(file))),
  ),
})
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
