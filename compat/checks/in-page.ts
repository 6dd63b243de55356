// Browsers: the page calls it.
import { runChecks } from './run-checks.ts'

Object.assign(globalThis, { runChecks })
