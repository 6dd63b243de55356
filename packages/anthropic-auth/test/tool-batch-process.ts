// Runs the command line tool once for each list of arguments in its input, and writes the result of each run.
import { runCommandLine } from '../src/cli/command-line.ts'

process.stdout.setMaxListeners(0)
process.stderr.setMaxListeners(0)

/** Runs `action`, and returns its output to a stream. */
async function written(stream: NodeJS.WriteStream, action: () => Promise<unknown>): Promise<string> {
  const write = stream.write.bind(stream)
  let text = ''
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    text += String(chunk)
    rest.find((one): one is () => void => typeof one === 'function')?.()
    return true
  }
  try {
    await action()
    return text
  } finally {
    stream.write = write
  }
}

async function run(args: readonly string[]): Promise<object> {
  let code = -1
  let stderr = ''
  const stdout = await written(process.stdout, async () => {
    stderr = await written(process.stderr, async () => (code = await runCommandLine(args)))
  })
  return { args, code, stdout, stderr }
}

let input = ''
for await (const chunk of process.stdin.setEncoding('utf8')) input += String(chunk)
const ends: object[] = []
for (const args of JSON.parse(input) as readonly (readonly string[])[]) ends.push(await run(args))
process.stdout.write(JSON.stringify(ends))
