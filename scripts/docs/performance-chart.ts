/** A bar of the chart: how many times longer the other package takes. */
export interface Comparison {
  readonly work: string
  readonly peer: string
  readonly factor: number
}

/** These are not alternatives: the bare runtime, and this project itself in other circumstances. */
const BASELINES = new Set([
  'bare node',
  'bare node:http',
  'a plain node:http server',
  'node:crypto alone',
  'awaited',
  'after none',
])

/** The comparisons with other packages in the table of benchmarks/RESULTS.md. */
export function comparisonsIn(results: string): Comparison[] {
  const rows = results
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const header = rows[0] ?? []
  const [work, peer, ratio] = ['work', 'beside it', 'ratio'].map((name) => header.indexOf(name))
  return rows.slice(2).flatMap((cells) => {
    const comparison = {
      work: cells[work ?? -1] ?? '',
      peer: peerName(cells[peer ?? -1] ?? ''),
      factor: factorOf(cells[ratio ?? -1] ?? ''),
    }
    const isBaseline = BASELINES.has(comparison.peer)
    return comparison.factor === null || comparison.peer === '' || isBaseline
      ? []
      : [{ ...comparison, factor: comparison.factor }]
  })
}

/** `openauth 68.7 µs (51.7–75.0)` → `openauth` */
function peerName(cell: string): string {
  return cell.replace(/\s*[\d.,]+ (?:µs|ms|s)\b.*$/, '').replace(/^–$/, '')
}

/** `28.1 times faster` → 28.1, `0.50 times` → 2 */
function factorOf(cell: string): number | null {
  const [, value = '', faster] = /^([\d.]+) times( faster)?$/.exec(cell) ?? []
  if (value === '') return null
  return faster === undefined ? 1 / Number(value) : Number(value)
}

const COLORS = {
  light: { text: '#3c3c43', muted: '#67676c', grid: '#e2e2e3', faster: '#0f766e', slower: '#b45309' },
  dark: { text: '#dfdfd6', muted: '#98989f', grid: '#3c3f44', faster: '#2dd4bf', slower: '#f59e0b' },
} as const

const WIDTH = 760
const LEFT = 345
const RIGHT = 690
const TOP = 34
const ROW = 24

/**
 * An SVG with a heading for each work and a bar for each other package, on a logarithmic scale. Right of the line, the
 * other package takes longer.
 */
export function performanceChart(results: string, scheme: keyof typeof COLORS): string {
  const comparisons = comparisonsIn(results)
  const colors = COLORS[scheme]
  const x = scale(comparisons)
  const rows = rowsOf(comparisons)
  const height = TOP + ROW * rows.length + 12
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="How many times as long other packages take" font-family="system-ui, sans-serif" font-size="13">`,
    ...ticksOf(comparisons).map((tick) => grid(tick, { x, height, colors })),
    ...rows.map((row, index) => {
      const y = TOP + ROW * index
      return typeof row === 'string' ? heading(row, y, colors) : bar(row, { y, x, colors })
    }),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

type Colors = (typeof COLORS)[keyof typeof COLORS]

/** A heading before the first of the comparisons of the same work. */
function rowsOf(comparisons: readonly Comparison[]): (string | Comparison)[] {
  return comparisons.flatMap((comparison, index) =>
    comparison.work === comparisons[index - 1]?.work ? [comparison] : [comparison.work, comparison],
  )
}

interface GridPlace {
  readonly x: (factor: number) => number
  readonly height: number
  readonly colors: Colors
}

function grid(tick: number, { x, height, colors }: GridPlace): string {
  const at = x(tick)
  const stroke = tick === 1 ? colors.muted : colors.grid
  return [
    `<line x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${height - 8}" stroke="${stroke}"/>`,
    `<text x="${at}" y="${TOP - 14}" fill="${colors.muted}" text-anchor="middle">${tick}×</text>`,
  ].join('')
}

function heading(work: string, y: number, colors: Colors): string {
  return `<text x="8" y="${y + 17}" fill="${colors.text}" font-weight="600">${escapeXml(work.replace(/^process: /, ''))}</text>`
}

interface BarPlace {
  readonly y: number
  readonly x: (factor: number) => number
  readonly colors: Colors
}

function bar({ peer, factor }: Comparison, { y, x, colors }: BarPlace): string {
  const left = Math.min(x(1), x(factor))
  const width = Math.max(1, Math.abs(x(factor) - x(1)))
  const end = Math.max(x(1), x(factor)) + 6
  const fill = factor < 1 ? colors.slower : colors.faster
  return [
    `<text x="${LEFT - 50}" y="${y + 16}" fill="${colors.muted}" text-anchor="end">${escapeXml(peer.replace(/^import /, ''))}</text>`,
    `<rect x="${left}" y="${y + 4}" width="${round(width)}" height="${ROW - 8}" rx="2" fill="${fill}"/>`,
    `<text x="${round(end)}" y="${y + 16}" fill="${colors.text}">${factorText(factor)}</text>`,
  ].join('')
}

function factorText(factor: number): string {
  return `${factor.toFixed(factor < 2 ? 2 : factor < 10 ? 1 : 0)}×`
}

function scale(comparisons: readonly Comparison[]): (factor: number) => number {
  const logs = comparisons.map(({ factor }) => Math.log10(factor))
  const low = Math.min(0, ...logs)
  const high = Math.max(1, ...logs)
  return (factor) => round(LEFT + ((Math.log10(factor) - low) / (high - low)) * (RIGHT - LEFT))
}

function ticksOf(comparisons: readonly Comparison[]): number[] {
  const highest = Math.max(10, ...comparisons.map(({ factor }) => factor))
  return [1, 10, 100, 1000].filter((tick) => tick <= highest)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
