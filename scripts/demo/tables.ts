// The demonstration's CSV files, as rows by column name.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'

export type Line = Readonly<Record<string, string>>

/** Reads `<folder>/<name>.csv`. */
export function readTable(folder: string, name: string): Line[] {
  return parse(readFileSync(join(folder, `${name}.csv`)), { columns: true, bom: true })
}

/** A name as the first label of an invented domain: `Acme Corporation` to `acme-corporation`. */
export function slug(name: string): string {
  const plain = name.normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, ' ')
  const words = plain.replace(/[^A-Za-z0-9 ]/g, '').toLowerCase()
  return words.trim().replaceAll(/ +/g, '-')
}
