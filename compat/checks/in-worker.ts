// workerd: the setup is the request, the results are the response.
import { runChecks, type CheckSetup } from './login-checks.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runChecks((await request.json()) as CheckSetup))
  },
}
