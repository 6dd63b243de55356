import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The files that a build reads or writes. */
const FILES = [
  'packages/*/{src,dist}/**/*.*',
  'packages/*/{package.json,tsconfig.json,*.config.ts}',
  'scripts/**/*.ts',
  'tsconfig.base.json',
  'pnpm-lock.yaml',
]

/** Whether the sources and the built files of the packages are unchanged since `rememberBuild()`. */
export function isBuilt(root: string): boolean {
  const stamp = stampOf(root)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digestOf(root)
}

export function rememberBuild(root: string): void {
  mkdirSync(dirname(stampOf(root)), { recursive: true })
  writeFileSync(stampOf(root), digestOf(root))
}

function stampOf(root: string): string {
  return join(root, 'node_modules/.cache/built-packages')
}

function digestOf(root: string): string {
  const hash = createHash('sha256')
  for (const file of globSync(FILES, { cwd: root }).toSorted()) {
    const content = readFileSync(join(root, file))
    hash.update(`${file} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}
