// What PostgreSQL believes of its tables. It plans by the numbers of the last count, and its own process counts about once a
// minute, of large tables later: until then a table that was empty goes on being read row by row, and a first import takes
// longer with each row; and of a workspace that is new among others any index seems as good, as it is taken for empty.

import type pg from 'pg'

/** While something is written, tables are looked at so often, unless they took long to count: then after so many times that. */
const [LOOKS_EACH_MILLISECONDS, RESTS_AS_LONG] = [2_000, 20]

/** So many rows, and such a part of all, may be those of a workspace that the last count did not see. */
const [UNSEEN_ROWS, UNSEEN_PART] = [1_000, 0.01]

/**
 * Our own tables of which there is four times as much as at the last count, if that is worth counting, or where so much was
 * written since.
 */
const GROWN = `SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r'
  AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND pg_relation_size(oid) > 64 * 1024
  AND (pg_relation_size(oid) > 4 * current_setting('block_size')::bigint * relpages
    OR pg_stat_get_mod_since_analyze(oid) > greatest(${UNSEEN_ROWS}, ${UNSEEN_PART} * reltuples)) ORDER BY 1`

/** To be called after each commit: has tables counted that have grown, now and then, while others go on. */
export function countsGrown(pool: pg.Pool): () => void {
  let next = performance.now() + LOOKS_EACH_MILLISECONDS
  let isOver = true
  const count = async () => {
    const began = performance.now()
    const { rows } = await pool.query<{ name: string }>(GROWN)
    for (const { name } of rows) await pool.query(`ANALYZE ${name}`)
    const ended = performance.now()
    next = ended + Math.max(LOOKS_EACH_MILLISECONDS, RESTS_AS_LONG * (ended - began))
    isOver = true
  }
  return () => {
    if (!isOver || performance.now() < next) return
    isOver = false
    // Who may not count, or takes too long over it, leaves it to the server from now on.
    count().catch(() => {})
  }
}
