// What PostgreSQL believes of its tables. It plans by the numbers of the last count, and its own process counts about once a
// minute: until then a table that was empty goes on being read row by row, and a first import takes longer with each row.

import type pg from 'pg'

/** While something is written, tables are looked at so often. */
const LOOKS_EACH_MILLISECONDS = 2_000

/** Our own tables of which there is four times as much as at the last count, if that is worth counting. */
const GROWN = `SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r'
  AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND pg_relation_size(oid) > 64 * 1024
  AND pg_relation_size(oid) > 4 * current_setting('block_size')::bigint * relpages ORDER BY 1`

/** To be called after each commit: has tables counted that have grown, now and then, while others go on. */
export function countsGrown(pool: pg.Pool): () => void {
  let looked = performance.now()
  let isOver = true
  const count = async () => {
    const { rows } = await pool.query<{ name: string }>(GROWN)
    for (const { name } of rows) await pool.query(`ANALYZE ${name}`)
    looked = performance.now()
    isOver = true
  }
  return () => {
    if (!isOver || performance.now() - looked < LOOKS_EACH_MILLISECONDS) return
    isOver = false
    // Who may not count, or takes too long over it, leaves it to the server from now on.
    count().catch(() => {})
  }
}
