// Node, Deno and Bun: the setup is the argument, the results are what is printed.
import { runChecks } from './login-checks.ts'
import type { CheckSetup } from './login-checks.ts'

const setup = JSON.parse(process.argv[2] ?? '') as CheckSetup
console.log(JSON.stringify(await runChecks(setup)))
