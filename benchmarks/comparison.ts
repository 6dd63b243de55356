/** The median of the rounds with their first and third quartile, in microseconds unless the suite says otherwise. */
export interface Sample {
  readonly median: number
  readonly low: number
  readonly high: number
}

export interface Length {
  readonly rounds: number
  readonly timeMs: number
}

/** One way to do a piece of work. */
export interface Way {
  readonly run: () => unknown
  /** Throws when the result is wrong: a response of 500 would look fast. */
  readonly check: () => Promise<void>
}

type Names<K extends string, V> = Readonly<Record<K, V>>

/** @param isRight - whether `run` has done the work, judged by its result */
export function way<T>(run: () => T, isRight: (result: Awaited<T>) => boolean): Way {
  const check = async (): Promise<void> => {
    const result = await run()
    if (!isRight(result)) throw new Error(`Wrong result of ${String(run)}`)
  }
  return { run, check }
}

/** Does the work many times in one run, if it takes no longer than its measurement. */
export function repeated<T>(times: number, run: () => T, isRight: (result: Awaited<T>) => boolean): Way {
  const batch = async (): Promise<void> => {
    for (let i = 0; i < times; i++) await run()
  }
  return { run: batch, check: way(run, isRight).check }
}

/** Measures several ways to do the same work side by side, and checks each of them before and after. */
export async function compare<K extends string>(
  ways: Names<K, Way>,
  { rounds, timeMs }: Length,
): Promise<Names<K, Sample>> {
  return mapValues(await timesOf(ways, { rounds, timeMs }), sampleOf)
}

/** Like `compare()`, for work that was repeated: the times are of one call, without the empty one. */
export async function compareNet<K extends string>(
  ways: Names<K | 'empty', Way>,
  { times: calls, ...length }: Length & { readonly times: number },
): Promise<Names<K, Sample>> {
  const times = await timesOf(ways, length)
  return mapValues(times, (values) => sampleOf(netTimes(values, { empty: times.empty, calls })))
}

/** Subtracts the time of the empty calls in the same round, since the machine's speed changes. */
export function netTimes(
  times: readonly number[],
  { empty, calls }: { readonly empty: readonly number[]; readonly calls: number },
): readonly number[] {
  return times.map((time, round) => (time - (empty[round] ?? NaN)) / calls)
}

async function timesOf<K extends string>(
  ways: Names<K, Way>,
  { rounds, timeMs }: Length,
): Promise<Names<K, readonly number[]>> {
  const all = Object.values<Way>(ways)
  for (const { check } of all) await check()
  const times = await inTurn(
    mapValues(
      ways,
      ({ run }) =>
        () =>
          medianTime(run, timeMs),
    ),
    rounds,
  )
  for (const { check } of all) await check()
  return times
}

/** Takes one value of each way in every round. Each round starts with the next way, since the order matters. */
export async function inTurn<K extends string, V>(
  measure: Names<K, () => V | Promise<V>>,
  rounds: number,
): Promise<Names<K, readonly V[]>> {
  const names = Object.keys(measure) as K[]
  const values = mapValues(measure, (): V[] => [])
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      values[name].push(await measure[name]())
    }
  }
  return values
}

/** The median of the calls within `timeMs`, in microseconds. Warms up for a quarter of that time before. */
async function medianTime(run: () => unknown, timeMs: number): Promise<number> {
  await callTimes(run, timeMs / 4)
  return sampleOf(await callTimes(run, timeMs)).median
}

async function callTimes(run: () => unknown, timeMs: number): Promise<readonly number[]> {
  const times: number[] = []
  const end = performance.now() + timeMs
  do {
    const startedAt = performance.now()
    const result = run()
    // Don't await a plain value: that would cost synchronous work a turn of the event loop.
    if (result instanceof Promise) await result
    times.push(1000 * (performance.now() - startedAt))
  } while (performance.now() < end)
  return times
}

/** The quartiles leave out rounds in which the machine was busy with other work. */
export function sampleOf(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? NaN
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

export function mapValues<K extends string, V, R>(values: Names<K, V>, map: (value: V) => R): Record<K, R> {
  return Object.fromEntries(Object.entries<V>(values).map(([name, value]) => [name, map(value)])) as Record<
    K,
    R
  >
}
