import type { Sample } from './comparison.ts'

/** One line of the results. */
export interface Result {
  /** The row of the targets. */
  readonly row: number
  readonly work: string
  readonly ours: string
  readonly peer: string
  /** What is compared with the target, in words and figures. */
  readonly ratio: string
  readonly target: string
  readonly met: boolean
}

export function microseconds({ median, low, high }: Sample): string {
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0
  const text = (value: number): string => value.toFixed(digits)
  return `${text(median)} µs (${text(low)}–${text(high)})`
}

/** `value` is to be at least `target`. */
export function atLeast(value: number, target: number): Pick<Result, 'ratio' | 'target' | 'met'> {
  return {
    ratio: `${value.toFixed(1)} times faster`,
    target: `at least ${target}`,
    met: value >= target,
  }
}

/** `value` is to be at most `target`. */
export function atMost(
  value: number,
  target: number,
  unit = 'times',
): Pick<Result, 'ratio' | 'target' | 'met'> {
  return {
    ratio: `${value.toFixed(2)} ${unit}`,
    target: `at most ${target}`,
    met: value <= target,
  }
}
