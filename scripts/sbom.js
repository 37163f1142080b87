// Writes sbom.cdx.json, or the file named (CycloneDX): what runs when crmkit runs, which is what the bundle in dist/ holds
// and the SQLite binary. `npm sbom` knows the packages; esbuild knows which of them are in the bundle.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { bundledPackages } from './bundled.js'

const [target = 'sbom.cdx.json'] = process.argv.slice(2)
const folders = bundledPackages(JSON.parse(readFileSync('dist/meta.json', 'utf8')))
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const shipped = new Set(
  [...folders, ...Object.keys(dependencies).map((name) => `node_modules/${name}`)].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    return `${name}@${version}`
  }),
)

const all = JSON.parse(execFileSync('npm', ['sbom', '--sbom-format=cyclonedx'], { maxBuffer: 64 << 20 }))
const components = all.components
  .filter((component) => shipped.has(component['bom-ref']))
  .map(({ properties, ...component }) => ({ ...component, scope: 'required' }))
const known = new Set([all.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])])
const related = all.dependencies
  .filter(({ ref }) => known.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => known.has(other)) }))
const missing = [...shipped].filter((name) => !known.has(name))
if (missing.length > 0) throw new Error(`npm sbom does not know ${missing.join(', ')}.`)
writeFileSync(target, `${JSON.stringify({ ...all, components, dependencies: related }, null, 2)}\n`)
process.stdout.write(`${target}: ${components.length} packages\n`)
