// What was measured, as a table, as JSON and as a chart.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit?: string
  readonly target?: { readonly least?: number; readonly most?: number }
  /** One point of a curve over the number of contacts. */
  readonly curve?: string
  readonly size?: number
}

export type Say = (figure: Figure) => void

export interface Run {
  readonly figures: readonly Figure[]
  readonly quick: boolean
  readonly machine: string
  readonly at: Date
}

const FOLDER = 'bench/results'

/** Prints the table, and writes it with the chart under bench/results/; that of a full run into the documents too. */
export function report(run: Run): void {
  mkdirSync(FOLDER, { recursive: true })
  const name = run.quick ? 'quick' : 'full'
  const table = tableOf(run)
  writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify({ ...run, at: run.at.toISOString() }, undefined, 2)}\n`)
  writeFileSync(`${FOLDER}/${name}.md`, table)
  writeFileSync(`${FOLDER}/${name}.svg`, chartOf(run.figures))
  if (!run.quick) {
    putInto('docs/benchmarks.md', table)
    putInto('README.md', shortTableOf(run))
  }
  process.stdout.write(
    `\n${table}\nWritten to ${FOLDER}/${name}.{json,md,svg}${run.quick ? '' : ', README.md and docs/benchmarks.md'}\n`,
  )
}

const [BEGIN, END] = ['<!-- measured: written by npm run bench -->\n', '<!-- end of measured -->']

/** Puts a table where a document has the marks for it. */
function putInto(path: string, table: string): void {
  const text = readFileSync(path, 'utf8')
  const measured = measuredIn(text)
  if (measured === undefined) throw new Error(`${path} has no place for the table.`)
  writeFileSync(
    path,
    text.replace(measured, () => table),
  )
}

/** What stands in a document as measured; undefined where it has no place for it. */
export function measuredIn(text: string): string | undefined {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  return from < 0 || to < from ? undefined : text.slice(from + BEGIN.length, to)
}

/** What says most in few lines: the ratios to ceilings of the same run, and times where there are most contacts. */
export function shortTableOf(run: Run): string {
  const most = Math.max(...run.figures.map(({ size = 0 }) => size))
  const short = run.figures.filter(({ target, unit, size }) => target && (unit !== 'ms' || size === most))
  return tableOf({ ...run, figures: short })
}

export function tableOf({ figures, machine, at }: Run): string {
  const rows = figures.map(({ what, value, unit, target }) => {
    const wanted = target?.least !== undefined ? `≥ ${target.least}` : target ? `≤ ${target.most}` : ''
    return `| ${what} | ${rounded(value)}${unit ? ` ${unit}` : ''} | ${wanted} | ${verdict(value, target)} |`
  })
  const head = ['| what | measured | target | |', '| --- | --- | --- | --- |']
  return `Measured ${at.toISOString().slice(0, 10)} on ${machine}.\n\n${[...head, ...rows].join('\n')}\n`
}

function verdict(value: number, target: Figure['target']): string {
  if (!target) return ''
  return value >= (target.least ?? 0) && value <= (target.most ?? Number.POSITIVE_INFINITY) ? 'reached' : 'missed'
}

function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

const WIDTH = 720
const HEIGHT = 360
const MARGIN = 60

/** The curves over the number of contacts, both axes logarithmic. */
function chartOf(figures: readonly Figure[]): string {
  const points = figures.filter(({ curve, size }) => curve && size) as Required<Figure>[]
  const sizes = points.map(({ size }) => Math.log10(size))
  const values = points.map(({ value }) => Math.log10(value))
  const scale = (value: number, from: readonly number[], start: number, end: number) => {
    const [low, high] = [Math.floor(Math.min(...from)), Math.ceil(Math.max(...from))]
    return start + ((value - low) / Math.max(1, high - low)) * (end - start)
  }
  const x = (size: number) => scale(Math.log10(size), sizes, MARGIN, WIDTH - 160).toFixed(1)
  const y = (value: number) => scale(Math.log10(value), values, HEIGHT - MARGIN, 20).toFixed(1)
  const names = [...new Set(points.map(({ curve }) => curve))]
  const colours = ['#0b6e4f', '#c1440e', '#1f4e8c', '#7a3b8f', '#8a6d00']
  const lines = names.map((name, index) => {
    const of = points.filter(({ curve }) => curve === name).sort((a, b) => a.size - b.size)
    const colour = colours[index % colours.length]
    const last = of.at(-1)!
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${of.map((p) => `${x(p.size)},${y(p.value)}`).join(' ')}"/>
<text x="${WIDTH - 155}" y="${y(last.value)}" fill="${colour}">${name}</text>`
  })
  const ticks = [...new Set(points.map(({ size }) => size))].map(
    (size) =>
      `<text x="${x(size)}" y="${HEIGHT - MARGIN + 20}" text-anchor="middle">${size.toLocaleString('en')}</text>`,
  )
  const [low, high] = [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))]
  const steps = Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at)).map(
    (value) =>
      `<line x1="${MARGIN}" x2="${WIDTH - 160}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${MARGIN - 6}" y="${y(value)}" text-anchor="end">${value} ms</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Median answer times over the number of contacts</title>
<rect width="100%" height="100%" fill="white"/>
${[...steps, ...ticks, ...lines].join('\n')}
<text x="${(WIDTH - 100) / 2}" y="${HEIGHT - 12}" text-anchor="middle">contacts in the workspace; median answer time over HTTP</text>
</svg>
`
}
