import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const SOURCE = '--conditions=@anthropic-auth/source'

/** Imports the module in a process of its own and does some work with it. Returns the packages and folders of this package that it loads. */
async function loadedBy(name: string, work = ''): Promise<readonly string[]> {
  const url = new URL(name, import.meta.url).href
  const program = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    const module = await import(${JSON.stringify(url)})
    ${work}
    process.stdout.write(JSON.stringify(urls))`
  const args = [SOURCE, '--no-warnings', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  return [...new Set((JSON.parse(stdout) as string[]).map(placeOf))].toSorted()
}

function placeOf(url: string): string {
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url)?.[1]
  return dependency ?? /packages\/([^/]+\/src\/(?:[^/]+\/)?)/.exec(url)?.[1] ?? url
}

describe('the entry point token-store', () => {
  it('loads no server and no web framework', async () => {
    const places = await loadedBy('token-store.ts')
    expect(places.filter((place) => place.startsWith('testing/'))).toEqual([
      'testing/src/',
      'testing/src/token-store-check/',
    ])
    expect(places.filter((place) => /hono|ky$/.test(place))).toEqual([])
    expect(places.filter((place) => place.startsWith('node:'))).not.toContain('node:http')
  })

  it('sees the framework load once an emulator starts, so the test above can fail', async () => {
    const imported = await loadedBy('index.ts')
    expect(imported).toContain('testing/src/token-store-check/')
    expect(imported).not.toContain('hono')
    const started = await loadedBy('index.ts', 'await (await module.startEmulator()).close()')
    expect(started).toContain('hono')
    expect(started).toContain('node:http')
    expect(started).not.toContain('testing/src/inspector/')
  })
})
