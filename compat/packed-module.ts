import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Imports a packed package that is installed in the project. */
export async function importFrom(project: string, name: string): Promise<unknown> {
  const entry = createRequire(join(project, 'package.json')).resolve(name)
  return import(pathToFileURL(entry).href)
}
