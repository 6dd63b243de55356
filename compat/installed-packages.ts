import { cpSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packPackage } from '../scripts/packed-package.ts'

const FOLDERS = [
  'pkce',
  'core',
  'blocking',
  'browser',
  'callback-server',
  'federation',
  'login',
  'profile-store',
  'testing',
  'anthropic-auth',
]

/** Makes `target` a project with the check program and the packed packages, as users install them. */
export function installPackages(root: string, target: string): void {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(join(target, 'node_modules/@anthropic-auth'), { recursive: true })
  writeFileSync(join(target, 'package.json'), '{ "private": true, "type": "module" }\n')
  cpSync(join(import.meta.dirname, 'checks'), target, { recursive: true })
  for (const folder of FOLDERS) installPackage(join(root, 'packages', folder), target)
}

function installPackage(source: string, target: string): void {
  const { directory, manifest } = packPackage(source, target)
  renameSync(directory, join(target, 'node_modules', manifest.name))
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (name.startsWith('@anthropic-auth/')) continue
    const place = join(target, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(realpathSync(join(source, 'node_modules', name)), place, 'junction')
  }
}
