import { describe, expect, it } from 'vitest'
import { rolldown } from 'rolldown'
import { bundleSize, sizeProblems } from './bundle-size.ts'

describe('sizeProblems()', () => {
  it('allows a bundle at its limits', () => {
    expect(sizeProblems({ start: 10, total: 20 }, { start: 10, total: 20 })).toEqual([])
  })

  it('names each limit that is exceeded', () => {
    expect(sizeProblems({ start: 11, total: 21 }, { start: 10, total: 20 })).toEqual([
      'start: 11 bytes are more than the limit of 10 in rolldown.config.ts. Load less, or decide on a new limit.',
      'total: 21 bytes are more than the limit of 20 in rolldown.config.ts. Load less, or decide on a new limit.',
    ])
  })
})

describe('bundleSize()', () => {
  const modules: Readonly<Record<string, string>> = {
    entry: 'import { shared } from "shared"; console.log(shared); import("late")',
    late: `import { shared } from "shared"; console.log(shared, ${'"x".repeat(1),'.repeat(100)})`,
    shared: 'export const shared = globalThis.shared',
  }

  it('counts at the start only the code that the entry loads', async () => {
    // Only the late module has 1,300 bytes.
    await expect(build({ start: 1000, total: 10_000 })).resolves.toBeUndefined()
    await expect(build({ start: 50, total: 10_000 })).rejects.toThrow('more than the limit of 50')
  })

  it('counts all files', async () => {
    await expect(build({ start: 1000, total: 1300 })).rejects.toThrow('more than the limit of 1300')
  })

  async function build(limits: { readonly start: number; readonly total: number }): Promise<void> {
    const files = { name: 'files', resolveId: (id: string) => id, load: (id: string) => modules[id] }
    const bundle = await rolldown({ input: { entry: 'entry' }, plugins: [files, bundleSize(limits)] })
    await bundle.generate({ minify: false })
    await bundle.close()
  }
})
