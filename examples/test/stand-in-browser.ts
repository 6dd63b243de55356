import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The environment of a program that must open no browser. */
export const NO_BROWSER = { BROWSER: 'none' } as const

/** Stands in for a user's browser, and returns the link that a program opens. */
export interface StandInBrowser {
  /** The environment of the program that opens it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Resolves with the link once it was opened. */
  readonly opened: Promise<string>
  remove(): void
}

/** A browser for Linux, where `BROWSER` names the program for links if there is no display. */
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
