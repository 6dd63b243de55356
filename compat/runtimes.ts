import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { chromium } from 'playwright-core'
import { CHROMIUM_PATH } from '../scripts/tests/chromium-path.ts'
import { bundle } from './bundle.ts'
import type { CheckResult } from './checks/check.ts'
import type { CheckSetup } from './checks/check-setup.ts'

export interface Runtime extends Pick<CheckSetup, 'userAgent' | 'crypto'> {
  readonly name: string
  /** Whether the runtime can call the emulator. A page would need CORS. */
  readonly reachesEmulator: boolean
  readonly run: (project: string, setup: CheckSetup) => Promise<CheckResult[]>
}

const bin = join(import.meta.dirname, 'node_modules/.bin')

export const runtimes: readonly Runtime[] = [
  native('Node 22', 'Node.js/22', [join(import.meta.dirname, 'node_modules/node22/bin/node')]),
  native('Node 24', 'Node.js/24', [join(import.meta.dirname, '../node_modules/node/bin/node')]),
  native('Node 26', 'Node.js/26', [join(import.meta.dirname, 'node_modules/node26/bin/node')]),
  native('Deno', 'Deno/', [
    join(bin, 'deno'),
    'run',
    '--allow-net=127.0.0.1,[::1]',
    // The profile files are here.
    '--allow-env',
    '--allow-read',
    '--allow-write',
    '--allow-sys',
    '--node-modules-dir=manual',
  ]),
  native('Bun', 'Bun/', [join(bin, 'bun'), '--no-install']),
  {
    name: 'workerd',
    userAgent: 'Cloudflare-Workers',
    crypto: 'portable',
    reachesEmulator: true,
    run: runInWorkerd,
  },
  { name: 'Chromium', userAgent: 'Chrome/', crypto: 'portable', reachesEmulator: false, run: runInChromium },
]

/** Only the browser can be absent: the other runtimes are npm packages. */
export function isAbsent({ name }: Runtime): boolean {
  return name === 'Chromium' && !existsSync(CHROMIUM_PATH)
}

function native(name: string, userAgent: string, [executable = '', ...args]: readonly string[]): Runtime {
  const run = async (project: string, setup: CheckSetup): Promise<CheckResult[]> => {
    const options = { cwd: project, timeout: 60_000 }
    const command = [...args, 'in-process.ts', JSON.stringify(setup)]
    const { stdout } = await promisify(execFile)(executable, command, options)
    return JSON.parse(stdout) as CheckResult[]
  }
  return { name, userAgent, crypto: 'native', reachesEmulator: true, run }
}

async function runInWorkerd(project: string, setup: CheckSetup): Promise<CheckResult[]> {
  const { code } = await bundle(project, 'in-worker.ts', { conditions: ['workerd', 'worker', 'browser'] })
  const worker = new Miniflare({ modules: true, script: code, compatibilityDate: '2026-07-01' })
  try {
    const response = await worker.dispatchFetch('http://checks', {
      method: 'POST',
      body: JSON.stringify(setup),
    })
    return (await response.json()) as CheckResult[]
  } finally {
    await worker.dispose()
  }
}

async function runInChromium(project: string, setup: CheckSetup): Promise<CheckResult[]> {
  const { code } = await bundle(project, 'in-page.ts', { platform: 'browser' })
  const browser = await chromium.launch({
    executablePath: CHROMIUM_PATH,
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    const page = await browser.newPage()
    await page.addScriptTag({ content: code, type: 'module' })
    await page.waitForFunction('globalThis.runChecks')
    return await page.evaluate(`globalThis.runChecks(${JSON.stringify(setup)})`)
  } finally {
    await browser.close()
  }
}
