// SQLite's own word index, in FTS5: it takes a record for a tenth of what tables of our own took, so that none has to wait
// for its place in it. FTS5 keeps no copy of the words.

import { BASE32 } from '../../text/base32.ts'
import type { Connection } from '../dialect.ts'
import { indexLate, type Late, NUMBERS_A_SECOND, writeOut } from '../fts-index.ts'
import { marksOf, prefixLengths } from '../fts-tokens.ts'
import type { Migration } from '../migrate.ts'
import { wordsIn } from '../word-index.ts'

const TABLES = { search_index: `, prefix='${prefixLengths}'`, search_vocabulary: '' }
/** So many pieces of index are merged while somebody writes, and fewer when nobody does: each costs readers a little. */
const SETTINGS = { automerge: 8, usermerge: 2 }
/** What FTS5 collects before it writes, in bytes: more than the records of one piece have, so that it writes between them. */
const COLLECTED_MAX = 64 << 20
const FILLED_AT_A_TIME = 5_000
/** The second that a spot begins with. A number is that of its second, or one more than the last. */
const SECONDS = [0, 1, 2, 3, 4, 5, 6]
  .map((at) => `(instr('${BASE32}', substr(spot, ${at + 1}, 1)) - 1) * ${32 ** (6 - at)}`)
  .join(' + ')

export const ftsSearch: Migration = {
  name: '0008-fts-search',
  statements: ({ text, integer, table, keyTable }, engine) =>
    ({
      postgres: [],
      sqlite: [
        `CREATE TABLE search_texts (n ${integer} PRIMARY KEY, workspace_id ${text} NOT NULL, resource ${text} NOT NULL,
          spot ${text} NOT NULL, key_words ${text} NOT NULL, note_words ${text} NOT NULL) ${table}`,
        'CREATE UNIQUE INDEX search_texts_by_spot ON search_texts (workspace_id, resource, spot)',
        `CREATE TABLE search_terms (id ${integer} PRIMARY KEY, workspace_id ${text}, word ${text} NOT NULL) ${table}`,
        'CREATE UNIQUE INDEX search_terms_by_word ON search_terms (workspace_id, word) WHERE workspace_id IS NOT NULL',
        `CREATE TABLE search_gone (is_word ${integer} NOT NULL, n ${integer} NOT NULL, PRIMARY KEY (is_word, n)) ${keyTable}`,
        ...Object.entries(TABLES).flatMap(([name, more]) => [
          `CREATE VIRTUAL TABLE ${name} USING fts5 (words, content='', contentless_delete=1, detail=none, tokenize='ascii'${more})`,
          ...Object.entries({ ...SETTINGS, hashsize: COLLECTED_MAX }).map(
            ([setting, value]) => `INSERT INTO ${name} (${name}, rank) VALUES ('${setting}', ${value})`,
          ),
        ]),
        `INSERT INTO search_texts (n, workspace_id, resource, spot, key_words, note_words)
          SELECT 1 + at + max(first - at) OVER (ORDER BY at), workspace_id, resource, spot, key_words, note_words FROM (
            SELECT *, (${SECONDS}) * ${NUMBERS_A_SECOND} AS first, row_number() OVER (ORDER BY spot) AS at FROM search_records
          ) ORDER BY at`,
      ],
    })[engine],
  fill: async (connection) => {
    if (connection.late) await fill(connection, connection.late)
  },
}

/** The letters that ids of a noun began with when this was written. */
const PREFIXES: Readonly<Record<string, string>> = { contact: 'c', company: 'co', deal: 'd' }

async function fill(connection: Connection, late: Late[]): Promise<void> {
  const sql = 'SELECT n, workspace_id, resource, key_words, note_words FROM search_texts WHERE n > ? ORDER BY n LIMIT ?'
  for (let last = 0; ; ) {
    const rows = await connection.rows(sql, [last, FILLED_AT_A_TIME])
    if (rows.length === 0) return
    for (const { n, workspace_id, resource, key_words, note_words } of rows) {
      const workspaceId = String(workspace_id)
      const marks = marksOf(workspaceId, { prefix: PREFIXES[String(resource)]! })
      const words = new Map(wordsIn(note_words).map((word) => [word, true]))
      for (const word of wordsIn(key_words)) words.set(word, false)
      late.push({ n: Number(n), isNew: true, held: { workspaceId, marks, words }, known: new Set<string>() })
    }
    last = Number(rows.at(-1)!.n)
    await indexLate(connection)
    await writeOut(connection)
  }
}
