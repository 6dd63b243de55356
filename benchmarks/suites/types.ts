import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Length } from '../comparison.ts'
import { atMost, type Result } from '../result.ts'

const TSC = join(import.meta.dirname, '../../node_modules/.bin/tsc')

/** The number of types that tsc creates for a package's declarations, less those of an empty program. */
export async function run({ timeMs }: Length): Promise<readonly Result[]> {
  const empty = typesOf('export {}')
  const types = (name: string): number =>
    typesOf(`import * as all from '${name}'\nexport const copy = { ...all }`) - empty
  const peers = timeMs < 100 ? [] : ['openid-client', '@anthropic-ai/sdk']
  const peer = peers.map((name) => `${name} ${types(name).toLocaleString('en')}`).join(', ')
  const line = (name: string, target: number): Result => {
    const ours = types(name)
    const judgement = atMost(ours, target, 'types')
    return { row: 14, work: `types: ${name}`, ours: `${ours}`, peer: peer || '–', ...judgement }
  }
  return [line('@anthropic-auth/core', 300), line('anthropic-auth', 500)]
}

function typesOf(program: string): number {
  const folder = mkdtempSync(join(import.meta.dirname, 'types-'))
  try {
    writeFileSync(join(folder, 'program.ts'), program)
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      module: 'nodenext',
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    // With several checkers, each would create its own types.
    const args = ['--project', folder, '--singleThreaded', '--extendedDiagnostics']
    const types = /^Types:\s+(\d+)/m.exec(execFileSync(TSC, args, { encoding: 'utf8' }))?.[1]
    if (types === undefined) throw new Error('tsc counted no types')
    return Number(types)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
