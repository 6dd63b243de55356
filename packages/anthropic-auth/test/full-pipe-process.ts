// Writes a line to a named pipe that is already full, as its standard output.
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { takeOutputProblem, watchStreams, writeOutput } from '../src/cli/standard-output.ts'

const [path = ''] = process.argv.slice(2)
closeSync(1)
// The lowest free number is that of standard output. Opened for both, the pipe waits for no reader.
openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
watchStreams()
try {
  for (;;) writeSync(1, '.')
} catch (error) {
  writeSync(2, (error as NodeJS.ErrnoException).code ?? '')
}
writeOutput('the last line\n')
process.exitCode = (await takeOutputProblem()) === null ? 0 : 1
