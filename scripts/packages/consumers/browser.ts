import {
  canOpenBrowser,
  openBrowser,
  openBrowserSync,
  type BrowserAbility,
  type OpenBrowserOptions,
} from '@anthropic-auth/browser'

const options: OpenBrowserOptions = { app: undefined, launch: async (href) => console.log(href) }

export const opened: Promise<void> = openBrowser(new URL('https://claude.ai/'), options)
export const ability: BrowserAbility = canOpenBrowser()
export const reason: string = ability.ok ? '' : ability.reason

export function openNow(url: string): void {
  openBrowserSync(url, { app: undefined })
}
