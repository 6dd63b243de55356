import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

type Folder = 'configs' | 'credentials'

export function profilePath(configDir: string, folder: Folder, profile = 'default'): string {
  return join(configDir, folder, `${profile}.json`)
}

export function readProfile(
  configDir: string,
  folder: Folder,
  profile?: string,
): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(profilePath(configDir, folder, profile), 'utf8')) as Record<string, unknown>
}

export function writeProfile(
  configDir: string,
  folder: Folder,
  content: object | string,
  profile?: string,
): void {
  const path = profilePath(configDir, folder, profile)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 })
}
