import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a program's environment must have so that it opens no browser. */
export const NO_BROWSER = { BROWSER: 'none' } as const

/** Stands in for a person's browser: tells the link that a program opens. */
export interface StandInBrowser {
  /** For the program that is to open it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The link, once it was opened. */
  readonly opened: Promise<string>
  remove(): void
}

/** A browser for Linux, where `BROWSER` says what opens links, as long as there is no display for another one. */
export function createStandInBrowser(): StandInBrowser {
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-browser-'))
  const program = join(folder, 'browser')
  writeFileSync(program, `#!/bin/sh\ncd '${folder}'\nprintf %s "$1" > part && mv part link\n`, {
    mode: 0o755,
  })
  const end = new AbortController()
  return {
    env: { BROWSER: program, DISPLAY: undefined, WAYLAND_DISPLAY: undefined, CI: undefined },
    opened: linkIn(folder, end.signal),
    remove: () => {
      end.abort()
      rmSync(folder, { recursive: true })
    },
  }
}

async function linkIn(folder: string, signal: AbortSignal): Promise<string> {
  try {
    for await (const { filename } of watch(folder, { signal })) {
      if (filename === 'link') return await readFile(join(folder, 'link'), 'utf8')
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return ''
}
