// `pnpm build`: builds the packages, unless nothing has changed since the last build. Several checks start with this.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { isBuilt, rememberBuild } from './build/built-packages.ts'

const root = join(import.meta.dirname, '..')

if (isBuilt(root)) {
  console.log('The packages are built already.')
} else {
  execFileSync('pnpm', ['--filter', './packages/*', '--recursive', 'run', 'build'], {
    cwd: root,
    stdio: 'inherit',
  })
  rememberBuild(root)
}
