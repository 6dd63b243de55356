import type { Sample } from './comparison.ts'

/** One line of the results. */
export interface Result {
  /** The row of the targets. */
  readonly row: number
  readonly work: string
  readonly ours: string
  readonly peer: string
  /** The figure that is compared with the target. */
  readonly ratio: string
  readonly target: string
  readonly verdict: Verdict
}

type Verdict = 'met' | 'missed' | 'within noise' | ''

type Judgement = Pick<Result, 'ratio' | 'target' | 'verdict'>

/** A sample in microseconds as text. */
export function time(sample: Sample): string {
  return sample.median < 10_000
    ? quantity(sample, 'µs')
    : quantity({ median: sample.median / 1000, low: sample.low / 1000, high: sample.high / 1000 }, 'ms')
}

export function quantity({ median, low, high }: Sample, unit: string): string {
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0
  const text = (value: number): string => value.toFixed(digits)
  return `${text(median)} ${unit} (${text(low)}–${text(high)})`
}

/** The ratio of `a` to `b`, and the range that both spreads allow. */
export function ratio(a: Sample, b: Sample): Sample {
  return { median: a.median / b.median, low: a.low / b.high, high: a.high / b.low }
}

/** The difference of `a` and `b`, and the range that both spreads allow. */
export function excess(a: Sample, b: Sample): Sample {
  return { median: a.median - b.median, low: a.low - b.high, high: a.high - b.low }
}

export function scaled({ median, low, high }: Sample, factor: number): Sample {
  return { median: median * factor, low: low * factor, high: high * factor }
}

/** Requires a speed of at least `target` times the peer's. */
export function atLeast(speed: Sample, target: number): Judgement {
  return {
    ratio: `${speed.median.toFixed(1)} times faster`,
    target: `at least ${target}`,
    verdict: verdict(speed, target, speed.median >= target),
  }
}

export function atMost(value: Sample | number, target: number, unit = 'times'): Judgement {
  const figure = typeof value === 'number' ? exactly(value) : value
  return {
    ratio: `${amount(figure.median)} ${unit}`,
    target: `at most ${target.toLocaleString('en')}`,
    verdict: verdict(figure, target, figure.median <= target),
  }
}

/** A ratio that is shown without a target. */
export function noTarget(value: Sample, unit: string = 'times'): Judgement {
  return { ratio: `${value.median.toFixed(2)} ${unit}`, target: '–', verdict: '' }
}

export function exactly(value: number): Sample {
  return { median: value, low: value, high: value }
}

function amount(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(2)
}

/** A target between the spreads of both sides is neither met nor missed. */
function verdict({ low, high }: Sample, target: number, isMet: boolean): Verdict {
  if (low < target && target < high) return 'within noise'
  return isMet ? 'met' : 'missed'
}
