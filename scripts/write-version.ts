// Writes the version of packages/core/package.json into source files, because bundles can't read package.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { versionModule } from './release/version-module.ts'

const core = join(import.meta.dirname, '../packages/core')
const { version } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as { version: string }

for (const folder of [core, join(core, '../anthropic-auth')]) {
  writeFileSync(join(folder, 'src/version.ts'), versionModule(version))
}
