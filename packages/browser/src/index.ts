export { openBrowser } from './open-browser.ts'
export { openBrowserSync } from './open-browser-sync.ts'
export { canOpenBrowser } from './can-open-browser.ts'

export type { OpenBrowserOptions } from './open-browser.ts'
export type { BrowserAbility } from './can-open-browser.ts'
