import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCommand } from './command.ts'
import type { PackedPackage } from './packed-package.ts'

/**
 * A project that has installed one packed package with its dependencies and nothing else.
 *
 * It lies outside the workspace, where no node_modules further up lends it what the package forgot to declare.
 */
export class Consumer {
  readonly #package: PackedPackage
  readonly #directory: string

  constructor(installed: PackedPackage, siblings: readonly PackedPackage[]) {
    this.#package = installed
    this.#directory = mkdtempSync(join(tmpdir(), 'anthropic-auth-consumer-'))
    writeFileSync(join(this.#directory, 'package.json'), '{ "private": true, "type": "module" }\n')
    this.#install(installed, siblings)
  }

  /** Type-checks a file that uses the package, with the standard libraries es2022 and dom alone. */
  typeProblems(file: string, { compiler, resolution }: TypeCheck): string[] {
    cpSync(file, join(this.#directory, 'consumer.ts'))
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
    writeFileSync(join(this.#directory, 'tsconfig.json'), JSON.stringify(config))
    return problemOf(runCommand(compiler, ['--pretty', 'false'], { cwd: this.#directory }))
  }

  /** Importing prints nothing, adds no global and keeps no process alive. */
  importProblems(): string[] {
    return this.#evaluate(`
      const web = ['fetch', 'Headers', 'Request', 'Response']
      // Read first: Node makes some globals of its own when one of these is touched.
      const values = web.map((name) => globalThis[name])
      const keys = new Set(Reflect.ownKeys(globalThis))
      await import('${this.#package.manifest.name}')
      for (const key of Reflect.ownKeys(globalThis)) if (!keys.has(key)) console.log('a new global:', key)
      for (const name of web) if (!values.includes(globalThis[name])) console.log('a changed global:', name)
    `)
  }

  requireProblems(): string[] {
    return this.#evaluate(`
      import { createRequire } from 'node:module'
      const exports = createRequire(process.cwd() + '/x.cjs')('${this.#package.manifest.name}')
      if (Object.keys(exports).length === 0) console.log('it exports nothing')
    `)
  }

  /** `--help` of a bin prints something and succeeds. */
  helpProblems(script: string): string[] {
    const path = join(this.#directory, 'node_modules', this.#package.manifest.name, script)
    const result = runCommand(process.execPath, [path, '--help'], { cwd: this.#directory })
    return result.ok && result.output === '' ? ['it prints nothing'] : problemOf(result)
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #evaluate(code: string): string[] {
    const args = ['--input-type=module', '--eval', code]
    const { ok, output } = runCommand(process.execPath, args, { cwd: this.#directory, timeoutMs: 10_000 })
    return ok && output === '' ? [] : [output === '' ? 'it fails' : output]
  }

  #install(installed: PackedPackage, siblings: readonly PackedPackage[]): void {
    const { name, dependencies = {} } = installed.manifest
    const place = this.#place(name)
    cpSync(installed.directory, place, { recursive: true })
    for (const dependency of Object.keys(dependencies)) {
      const sibling = siblings.find(({ manifest }) => manifest.name === dependency)
      if (sibling) this.#install(sibling, siblings)
      else this.#link(dependency, join(installed.source, 'node_modules', dependency))
    }
  }

  #link(name: string, installedAt: string): void {
    const place = this.#place(name)
    // What is not installed shows when it is imported; two packages may bring the same dependency.
    if (existsSync(installedAt) && !existsSync(place)) {
      symlinkSync(realpathSync(installedAt), place, 'junction')
    }
  }

  #place(name: string): string {
    const place = join(this.#directory, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    return place
  }
}

/** With which compiler, and how it resolves imports. */
export interface TypeCheck {
  /** Path of its executable. */
  readonly compiler: string
  readonly resolution: 'nodenext' | 'bundler'
}

function problemOf({ ok, output }: { readonly ok: boolean; readonly output: string }): string[] {
  return ok ? [] : [output === '' ? 'it fails' : output]
}
