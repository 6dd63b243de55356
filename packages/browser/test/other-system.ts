// Loaded before a program: makes Node report another system. Commands are recorded and not started, unless `isReal`.
import childProcess, { type SpawnOptions } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

const { platform, release, files, exitCode, isReal } = JSON.parse(
  process.env['OTHER_SYSTEM'] ?? '',
) as OtherSystem
const record = process.env['RECORD'] ?? ''

/** The facts that Node reports about another system. */
export interface OtherSystem {
  readonly platform: NodeJS.Platform
  /** The release of the kernel. */
  readonly release?: string
  /** The files that exist, with their text, in the places where programs look for signs of the system. */
  readonly files?: Readonly<Record<string, string>>
  /** The exit code of commands; 0 by default. */
  readonly exitCode?: number
  /** Whether commands are really started. */
  readonly isReal?: boolean
}

const LOOKED_AT = /^(?:\/\.dockerenv|\/run\/|\/proc\/|\/etc\/wsl\.conf|\/mnt\/|\/windows\/)/
const isThere = (path: unknown): boolean | null =>
  LOOKED_AT.test(String(path)) ? files?.[String(path)] !== undefined : null
const absent = (): Error => Object.assign(new Error('It is not there'), { code: 'ENOENT' })

Object.defineProperty(process, 'platform', { value: platform })
os.release = () => release ?? '1.0'

const { existsSync, statSync, readFileSync } = fs
const { access, readFile } = fs.promises
fs.existsSync = (path) => isThere(path) ?? existsSync(path)
Object.assign(fs, {
  statSync: (path: string) => {
    if (isThere(path) === false) throw absent()
    return statSync(path)
  },
})
fs.readFileSync = ((path: string, options: 'utf8') => {
  if (isThere(path) === false) throw absent()
  return files?.[path] ?? readFileSync(path, options)
}) as typeof readFileSync
fs.promises.access = async (path, mode) => {
  if (isThere(path) === false) throw absent()
  if (isThere(path) === null) await access(path, mode)
}
fs.promises.readFile = (async (path: string, options: 'utf8') =>
  files?.[path] ?? readFile(path, options)) as typeof readFile

const { spawn, spawnSync } = childProcess
const ending = ['-e', `process.exit(${exitCode ?? 0})`]
const write = (file: string, args: readonly string[], { cwd, shell }: SpawnOptions): void =>
  fs.writeFileSync(record, JSON.stringify({ file, args, cwd, shell }))
if (isReal !== true) {
  childProcess.spawn = ((file: string, args: readonly string[], options: SpawnOptions) => {
    write(file, args, options)
    return spawn(process.execPath, ending, { ...options, cwd: undefined })
  }) as unknown as typeof spawn
  childProcess.spawnSync = ((file: string, args: readonly string[], options: SpawnOptions) => {
    write(file, args, options)
    return spawnSync(process.execPath, ending, { stdio: 'ignore' })
  }) as unknown as typeof spawnSync
}
syncBuiltinESMExports()
