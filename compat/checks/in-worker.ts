// workerd: the setup is the request, the results are the response.
import type { CheckSetup } from './check-setup.ts'
import { runChecks } from './run-checks.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runChecks((await request.json()) as CheckSetup))
  },
}
