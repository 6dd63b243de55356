import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import type { PublicEntry } from '../scripts/packages/public-entry.ts'

const root = join(import.meta.dirname, '..')

const COMPILER_OPTIONS = {
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'],
  module: 'preserve',
  moduleResolution: 'bundler',
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  strict: true,
  skipLibCheck: true,
}

/** The public API of an entry, from its present declarations. */
export function currentReport(entry: PublicEntry): string {
  const temporary = mkdtempSync(join(tmpdir(), 'anthropic-auth-api-'))
  try {
    Extractor.invoke(configOf(entry, temporary), { localBuild: true, messageCallback: quiet })
    return withoutRemarks(readFileSync(join(temporary, 'report.api.md'), 'utf8'))
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

function configOf(entry: PublicEntry, temporary: string): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, entry.folder, 'package.json'),
    configObject: {
      projectFolder: join(root, entry.folder),
      mainEntryPointFilePath: join(root, entry.types),
      compiler: {
        overrideTsconfig: {
          compilerOptions: COMPILER_OPTIONS,
          files: [join(root, entry.types)],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: 'report.api.md',
        reportFolder: temporary,
        reportTempFolder: join(temporary, 'new'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
}

/** Messages about missing comments are not part of the API. */
function withoutRemarks(report: string): string {
  return report.replaceAll(/^ *\/\/ \((?:undocumented|No @packageDocumentation [^)]*)\)\n+/gm, '')
}

/** Drops the tool's progress messages, and keeps the compiler's errors. */
function quiet(message: { logLevel: string; handled: boolean }): void {
  if (message.logLevel !== 'error') Object.assign(message, { handled: true })
}
