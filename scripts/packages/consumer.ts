import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, runCommand } from './child-command.ts'
import { createProject, installPackage } from './installed-package.ts'
import type { PackedPackage } from './packed-package.ts'

/** A project that has installed only one packed package and its dependencies. */
export class Consumer {
  readonly directory: string
  readonly #package: PackedPackage

  constructor(installed: PackedPackage, siblings: readonly PackedPackage[]) {
    this.#package = installed
    this.directory = mkdtempSync(join(tmpdir(), 'anthropic-auth-consumer-'))
    createProject(this.directory)
    installPackage(this.directory, installed, siblings)
  }

  /** Type-checks a file that uses the package, with only the standard libraries es2022 and dom. */
  async typeProblems(file: string, { compiler, resolution }: TypeCheck): Promise<string[]> {
    cpSync(file, join(this.directory, 'consumer.ts'))
    const config = {
      compilerOptions: {
        target: 'es2022',
        lib: ['es2022', 'dom'],
        types: [],
        module: resolution === 'bundler' ? 'preserve' : 'nodenext',
        moduleResolution: resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ['consumer.ts'],
    }
    writeFileSync(join(this.directory, 'tsconfig.json'), JSON.stringify(config))
    return problemOf(await runCommand(compiler, ['--pretty', 'false'], { cwd: this.directory }))
  }

  /** Importing the package must print nothing, add no global, and keep no process alive. */
  async importProblems(): Promise<string[]> {
    return this.#evaluate(`
      const web = ['fetch', 'Headers', 'Request', 'Response']
      // Node creates some globals when one of these is read, so read them first.
      const values = web.map((name) => globalThis[name])
      const keys = new Set(Reflect.ownKeys(globalThis))
      await import('${this.#package.manifest.name}')
      for (const key of Reflect.ownKeys(globalThis)) if (!keys.has(key)) console.log('a new global:', key)
      for (const name of web) if (!values.includes(globalThis[name])) console.log('a changed global:', name)
    `)
  }

  async requireProblems(): Promise<string[]> {
    return this.#evaluate(`
      import { createRequire } from 'node:module'
      const exports = createRequire(process.cwd() + '/x.cjs')('${this.#package.manifest.name}')
      if (Object.keys(exports).length === 0) console.log('it exports nothing')
    `)
  }

  /** Every file of the package that is not a program can be imported: no code in it fails, and no import is missing. */
  async moduleProblems(): Promise<string[]> {
    const { files, manifest } = this.#package
    const programs = new Set(Object.values(manifest.bin ?? {}).map((path) => path.replace(/^\.\//, '')))
    const modules = files.filter(
      (file) => file.endsWith('.js') && !file.endsWith('-entry.js') && !programs.has(file),
    )
    if (modules.length === 0) return ['it has no modules']
    const paths = modules.map((file) => `./node_modules/${manifest.name}/${file}`)
    return this.#evaluate(`for (const path of ${JSON.stringify(paths)}) await import(path)`)
  }

  /** Runs a script of the package. */
  async run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    const path = join(this.directory, 'node_modules', this.#package.manifest.name, script)
    return runCommand(process.execPath, [path, ...args], { cwd: this.directory, env })
  }

  /** `--help` must print something and succeed. */
  async helpProblems(script: string): Promise<string[]> {
    const result = await this.run(script, ['--help'])
    return result.ok && result.output === '' ? ['it prints nothing'] : problemOf(result)
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #evaluate(code: string): Promise<string[]> {
    const args = ['--input-type=module', '--eval', code]
    const { ok, output } = await runCommand(process.execPath, args, {
      cwd: this.directory,
      timeoutMs: 10_000,
    })
    return ok && output === '' ? [] : [output === '' ? 'it fails' : output]
  }
}

/** The compiler, and how it resolves imports. */
export interface TypeCheck {
  /** The path of its executable. */
  readonly compiler: string
  readonly resolution: 'nodenext' | 'bundler'
}

function problemOf({ ok, output }: CommandResult): string[] {
  return ok ? [] : [output === '' ? 'it fails' : output]
}
