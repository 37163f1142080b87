// `npm run bench` measures what docs/benchmarks.md promises: each figure beside the ceiling that was measured in the same
// run, in turns, so that a busy machine slows both. `--quick` leaves out the million and most of the rounds, `--soak` adds
// ten minutes of mixed load.

import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { environment, filled } from './databases.ts'
import { measurePostgres } from './postgres.ts'
import { keepApart, startNode } from './process.ts'
import { measureReads } from './reads.ts'
import { type Figure, report } from './report.ts'
import { soak } from './soak.ts'
import { measureStart, measureWrites } from './writes.ts'

const quick = process.argv.includes('--quick')
const sizes = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000]
const rounds = quick ? 2 : 5

execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' })
const figures: Figure[] = []
const said = (figure: Figure) => {
  figures.push(figure)
  process.stdout.write(`${figure.what}: ${figure.value}\n`)
}

process.stdout.write(`Filling workspaces of ${sizes.join(', ')} contacts …\n`)
const database = await filled(sizes)
process.stdout.write(`filled in ${database.seconds.toFixed(0)} s (kept for the next run)\n`)
await measureStart(database.env, said)
keepApart(true)
const server = await startNode(['dist/main.js'], database.env)
try {
  await measureReads(server, database.tokens, { rounds, seconds: quick ? 2 : 4 }, said)
} finally {
  await server.kill('SIGTERM')
}
await measureWrites({ rounds, records: quick ? 4_000 : 20_000, burst: quick ? 10_000 : 100_000 }, said)
// PostgreSQL takes a core of its own.
keepApart(false)
if (!process.argv.includes('--sqlite'))
  await measurePostgres({ rounds, sizes: quick ? [1_000, 10_000] : [1_000, 100_000] }, said)
keepApart(true)
if (process.argv.includes('--soak')) await soak(environment, said)
report({ figures, quick, machine: `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}`, at: new Date() })
