// Writes each `ts` block of the documentation into a module under .snippets/, for the compiler.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { scanDocComments, scanMarkdown, snippetModule } from './docs/snippet.ts'

const root = join(import.meta.dirname, '..')
const target = join(root, '.snippets')

/** The programs of these pages need packages that only compat/ installs, which runs them. */
const RUN_ELSEWHERE = new Set(['docs/recipes/ai-sdk.md', 'docs/recipes/langchain.md'])

function filesOf(...patterns: string[]): string[] {
  const files = globSync(patterns, { cwd: root, exclude: ['**/node_modules', 'docs/api', 'docs/.vitepress'] })
  return files.map((file) => file.split(sep).join('/')).toSorted()
}

/** Writes the snippets of a file, and returns the problems of its fences. */
function extract(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const { snippets, refused } = file.endsWith('.md') ? scanMarkdown(text) : scanDocComments(text)
  for (const snippet of snippets) {
    const name = `${file.replaceAll('/', '-')}-${snippet.line}.ts`
    writeFileSync(join(target, name), snippetModule(snippet))
  }
  return refused.map(({ label, line }) => `${file}:${line}: write \`\`\`ts, not \`\`\`${label}`)
}

rmSync(target, { recursive: true, force: true })
mkdirSync(target)

const documents = filesOf('README.md', 'packages/*/README.md', 'docs/**/*.md', 'examples/README.md').filter(
  (file) => !RUN_ELSEWHERE.has(file),
)
const sources = filesOf('packages/*/src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
const problems = [...documents, ...sources].flatMap(extract)

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
