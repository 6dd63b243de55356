// Makes a named pipe its standard output, fills the pipe, and then writes a line to it.
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { takeOutputProblem, watchStreams, writeOutput } from '../src/cli/standard-output.ts'

const [path = ''] = process.argv.slice(2)
closeSync(1)
// The pipe gets the lowest free number, which is standard output. Opening it for both doesn't wait for a reader.
openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
watchStreams()
try {
  for (;;) writeSync(1, '.')
} catch (error) {
  writeSync(2, (error as NodeJS.ErrnoException).code ?? '')
}
writeOutput('the last line\n')
process.exitCode = (await takeOutputProblem()) === null ? 0 : 1
