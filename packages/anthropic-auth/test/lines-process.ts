// Reads the number of lines in its argument from standard input, and prints them as JSON.
import { UnbufferedLines } from '../src/terminal/unbuffered-lines.ts'

const lines = new UnbufferedLines(0)
for (let count = Number(process.argv[2]); count > 0; count--) {
  const line = await lines.next()
  console.log(JSON.stringify(line !== null && line.length > 100 ? line.length : line))
}
lines.close()
