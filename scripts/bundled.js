// Which packages are inside the bundle, by esbuild's account of it, and their licences.

import { readdirSync, readFileSync } from 'node:fs'

/** The folders of the packages that a bundle holds code of, such as `node_modules/pino`. */
export function bundledPackages({ outputs }) {
  const paths = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  const folders = paths.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
  return [...new Set(folders)].sort()
}

/** Name, version and licence text of each. */
export function licenceText(folders) {
  const texts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
    const text = file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : `${license} (no text in the package)`
    return `${name} ${version} (${license})\n\n${text}\n`
  })
  return `crmkit contains these packages:\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}
