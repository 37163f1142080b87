// Bundles the program into dist/, so that it starts quickly; packages stay outside. `--watch` rebuilds and restarts.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { context } from 'esbuild'

const entries = { main: 'src/main.ts', demo: 'scripts/demo/main.ts' }
const restart = {
  name: 'restart',
  setup(build) {
    let program
    build.onEnd(({ errors }) => {
      if (errors.length > 0) return
      program?.kill()
      program = spawn(process.execPath, ['dist/main.js'], { stdio: 'inherit' })
    })
  },
}

const watching = process.argv.includes('--watch')
const build = await context({
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path))),
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
  plugins: watching ? [restart] : [],
})
if (watching) await build.watch()
else {
  await build.rebuild()
  await build.dispose()
}
