import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scanMarkdown } from '../../scripts/docs/snippet.ts'

const recipes = join(import.meta.dirname, '../../docs/recipes')
const target = join(import.meta.dirname, '../.recipes')

/** Returns the text of a page. */
export function recipePage(name: string): string {
  return readFileSync(join(recipes, `${name}.md`), 'utf8')
}

/** Writes a program of a page into a file among the examples, and returns the path from there. */
export function recipeProgram(name: string, index = 0): string {
  const snippet = scanMarkdown(recipePage(name)).snippets[index]
  if (snippet === undefined) throw new Error(`docs/recipes/${name}.md has no program ${index}`)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, `${name}-${index}.ts`), snippet.code)
  return `.recipes/${name}-${index}.ts`
}

/** Imports a program of a page. */
export async function importRecipe<T>(name: string, index = 0): Promise<T> {
  return (await import(join(target, '..', recipeProgram(name, index)))) as T
}
