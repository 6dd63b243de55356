import { Bench } from 'tinybench'

/** Microseconds: the median, the smallest and the largest of the rounds' medians. */
export interface Sample {
  readonly median: number
  readonly low: number
  readonly high: number
}

export interface Length {
  readonly rounds: number
  readonly timeMs: number
}

type Work = () => unknown

/** Measures several ways to do one thing side by side. Each round runs all of them, and starts with the next one. */
export async function compare<K extends string>(
  ways: Readonly<Record<K, Work>>,
  { rounds, timeMs }: Length,
): Promise<Readonly<Record<K, Sample>>> {
  const names = Object.keys(ways) as K[]
  const medians = new Map<K, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 })
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) bench.add(name, ways[name])
    for (const task of await bench.run()) {
      if (task.result.state !== 'completed') throw new Error(`${task.name} did not complete`)
      medians.get(task.name as K)?.push(1000 * task.result.latency.p50)
    }
  }
  return Object.fromEntries(names.map((name) => [name, sampleOf(medians.get(name) ?? [])])) as Record<
    K,
    Sample
  >
}

export function sampleOf(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? NaN,
    low: sorted[0] ?? NaN,
    high: sorted.at(-1) ?? NaN,
  }
}
