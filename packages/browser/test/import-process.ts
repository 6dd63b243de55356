// Imports the package without Node's modules, as in a browser, and prints how each function fails.
import { registerHooks } from 'node:module'
import type { AnthropicAuthError } from '@anthropic-auth/core'

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.endsWith('open')) console.log('`open` was imported')
    return next(specifier, context)
  },
})
process.getBuiltinModule = () => {
  throw new Error('A module of Node was asked for')
}
const { canOpenBrowser, openBrowser, openBrowserSync } = await import('@anthropic-auth/browser')
Reflect.deleteProperty(process, 'getBuiltinModule')

const link = 'https://claude.ai/'
const codeOf = (error: unknown): string => (error as AnthropicAuthError).code
console.log(canOpenBrowser().ok)
console.log(await openBrowser(link).catch(codeOf))
try {
  openBrowserSync(link)
} catch (error) {
  console.log(codeOf(error))
}
await openBrowser(link, { launch: async (href) => Promise.resolve(console.log('launched', href)) })
