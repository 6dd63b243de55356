import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, type TestContext } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

/** Skips a test if this process can't mount anything, which needs Linux and root. */
export function skipUnlessRoot(context: TestContext): void {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0
  context.skip(!isRoot, 'needs Linux and root, to mount file systems and to become another user')
}

/** A new file system in memory with this many pages of 4 KiB. It is unmounted after the test. */
export function mountMemory(pages: number): string {
  const folder = temporaryFolder()
  mount(['-t', 'tmpfs', '-o', `size=${pages * 4}k,mode=700`, 'tmpfs', folder], folder)
  return folder
}

/** Mounts a file or folder over another one, as `docker run -v source:target` does. */
export function bindMount(source: string, target: string, options = 'rw'): void {
  mount(['--bind', source, target], target)
  if (options !== 'rw') execFileSync('mount', ['-o', `remount,bind,${options}`, target])
}

/** Fills a file system until only this many pages are free. */
export function fillUp(folder: string, freePages: number): void {
  const free = Number(execFileSync('stat', ['-f', '-c', '%a', folder], { encoding: 'utf8' }))
  writeFileSync(join(folder, 'filler'), Buffer.alloc((free - freePages) * 4096, 1))
}

/** A folder on a file system in memory. */
export function folderInMemory(pages: number): string {
  const folder = join(mountMemory(pages), 'anthropic')
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

function mount(args: readonly string[], target: string): void {
  execFileSync('mount', args)
  onTestFinished(() => {
    execFileSync('umount', ['-l', target])
  })
}
