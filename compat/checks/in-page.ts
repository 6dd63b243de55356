// Browsers: the page calls it.
import { runChecks } from './login-checks.ts'

Object.assign(globalThis, { runChecks })
