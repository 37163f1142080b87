// Carries out a file: rows in batches, each batch a transaction of its own, or none at all for a dry run. Sending the
// same file again makes nothing new, so that an import that broke off is finished by repeating it.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Context } from '../context.ts'
import type { Resource } from '../declare/resources.ts'
import { ApiError } from '../errors.ts'
import type { Moment } from '../records/record-ids.ts'
import type { SavingOf } from '../records/save.ts'
import { lockExclusively } from '../records/workspace-lock.ts'
import type { Connection, Database } from '../store/dialect.ts'
import { assertNotGone } from '../store/workspace-rows.ts'
import { addToUsage, isAnyHere, usageOf } from '../store/write.ts'
import type { Draft } from './draft.ts'
import { compactSet, imagination } from './imagined.ts'
import { type Placed, placeDraft } from './place.ts'
import type { Existing, Placing } from './placing.ts'
import { type FileOptions, readFile } from './read-file.ts'
import { problemsOf } from './refusals.ts'
import { type ImportReport, type Tally, tally } from './tally.ts'

/** A batch ends with whatever comes first: nobody else's write is carried out meanwhile, and texts take the longest. */
const [BATCH_ROWS, BATCH_LETTERS] = [100, 64 * 1024]

/** A batch of no more rows shares its commit with others, as single writes do. */
const SHARING_ROWS_MAX = 8

export interface Importing {
  readonly database: Pick<Database, 'read' | 'write'>
  readonly resources: readonly Resource[]
  /** A file may come for minutes, and each batch happens when it is carried out. */
  readonly thisMoment: () => Moment
  readonly savingOf: SavingOf
}

export interface ImportOptions extends FileOptions {
  readonly dryRun: boolean
  readonly existing: Existing
  /** Rows before this one are left out. */
  readonly fromRow: number
}

/**
 * Reads a file to its end and carries out its rows for `ctx.caller`; `ctx.db` is not used. Throws invalid_value where
 * the file can't be read, and not_ready where the database fails; what was carried out before is kept, and the error
 * says up to which row. `stop` ends it after the batch that is under way, with its reason.
 */
export async function importStream(
  ctx: Omit<Context, 'db'>,
  importing: Importing,
  options: ImportOptions,
  bytes: AsyncIterable<Uint8Array>,
  stop?: AbortSignal,
): Promise<ImportReport> {
  const { zone, role, workspaceId } = ctx.caller
  const { read } = importing.database
  const counts = tally()
  try {
    const file = await readFile(bytes, options, {
      ...{ resources: importing.resources, zone, restores: role === 'admin', now: ctx.now },
      isAnyHere: (resource, ids) => isAnyHere(read, workspaceId, resource, ids),
    })
    const carryOut = options.dryRun ? dryRunOf(ctx, importing, options) : writesOf(ctx, importing, options)
    for await (const drafts of batchesOf(file.drafts, options.fromRow)) {
      stop?.throwIfAborted()
      counts.add(drafts, await carryOut(drafts), file.lack)
    }
    const { drafts: _, ...about } = file
    return { ...about, ...counts.result(), dryRun: options.dryRun }
  } catch (error) {
    throw error instanceof ApiError ? stopped(error, counts, options) : error
  }
}

async function* batchesOf(drafts: AsyncIterable<Draft>, fromRow: number): AsyncGenerator<Draft[]> {
  let batch: Draft[] = []
  let letters = 0
  for await (const draft of drafts) {
    if (draft.row < fromRow) continue
    batch.push(draft)
    letters += lettersOf(draft)
    if (batch.length < BATCH_ROWS && letters < BATCH_LETTERS) continue
    yield batch
    batch = []
    letters = 0
  }
  if (batch.length > 0) yield batch
}

function lettersOf({ body }: Draft): number {
  let letters = 0
  for (const value of Object.values(body)) if (typeof value === 'string') letters += value.length
  return letters
}

type CarryOut = (drafts: readonly Draft[]) => Promise<Placed[]>

/** A row that was refused after its batch had begun to write: the batch is done again without it. */
class RowRefused extends Error {
  readonly index: number
  readonly refusal: ApiError

  constructor(index: number, refusal: ApiError) {
    super('This row was refused.')
    this.index = index
    this.refusal = refusal
  }
}

function writesOf(ctx: Omit<Context, 'db'>, importing: Importing, options: ImportOptions): CarryOut {
  const touched = compactSet()
  return async (drafts) => {
    const placed = await writeBatch(ctx, importing, options, drafts, touched.has)
    for (const { id } of placed) if (id !== undefined) touched.add(id)
    return placed
  }
}

async function writeBatch(
  ctx: Omit<Context, 'db'>,
  importing: Importing,
  options: ImportOptions,
  drafts: readonly Draft[],
  isTouched: (id: string) => boolean,
): Promise<Placed[]> {
  const refused = new Map<number, Placed>()
  const size = drafts.length > SHARING_ROWS_MAX ? 'large' : undefined
  // Each round is one row shorter.
  for (;;) {
    try {
      return await importing.database.write(async (db) => {
        await assertNotGone(db, ctx.caller.workspaceId)
        const inBatch = new Set<string>()
        const here: Context = {
          ...ctx,
          ...importing.thisMoment(),
          db: await lockExclusively(db, ctx.caller.workspaceId),
        }
        const placing = await lockedPlacing(here, importing, options, (id) => inBatch.has(id) || isTouched(id))
        const placed: Placed[] = []
        for (const [index, draft] of drafts.entries()) {
          const one = refused.get(index) ?? (await placeOrRefuse(here, placing, draft, index))
          if (one.id !== undefined) inBatch.add(one.id)
          placed.push(one)
        }
        return placed
      }, size)
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error
      refused.set(error.index, { verdict: 'faulty', problems: problemsOf(error.refusal), warnings: [], made: [] })
    }
  }
}

async function placeOrRefuse(ctx: Context, placing: Placing, draft: Draft, index: number): Promise<Placed> {
  try {
    return await placeDraft(ctx, placing, draft)
  } catch (error) {
    throw error instanceof ApiError && error.status < 500 ? new RowRefused(index, error) : error
  }
}

/** Counting nothing locks the counters, so that imports of one workspace wait for each other and caps hold. */
function lockedPlacing(
  ctx: Context,
  importing: Importing,
  options: ImportOptions,
  isTouched: (id: string) => boolean,
): Promise<Placing> {
  const used = (resource: Resource) => addToUsage(ctx.db, ctx.caller.workspaceId, resource, 0)
  return placingOf(ctx, importing, options, { used, isTouched })
}

/** Looks at everything and writes nothing. */
function dryRunOf(ctx: Omit<Context, 'db'>, importing: Importing, options: ImportOptions): CarryOut {
  const imagined = imagination()
  const touched = compactSet()
  const db = readOnly(importing.database.read)
  let placing: Promise<Placing> | undefined
  const prepare = async () => {
    const usage = await usageOf(db, ctx.caller.workspaceId)
    const used = async ({ plural }: Resource) => usage.get(plural) ?? 0
    return placingOf(ctx, importing, options, { used, imagined, isTouched: touched.has })
  }
  return async (drafts) => {
    placing ??= prepare()
    const placed: Placed[] = []
    for (const draft of drafts) {
      const one = await placeDraft({ ...ctx, db }, await placing, draft)
      if (one.id !== undefined) touched.add(one.id)
      placed.push(one)
    }
    // Reading may never leave this turn of the loop; others wait for it.
    await nextTurn()
    return placed
  }
}

/** Without locks: nothing that is found is going to be changed. */
function readOnly(read: Connection): Connection {
  return { ...read, dialect: { ...read.dialect, forUpdate: '' } }
}

async function placingOf(
  ctx: Pick<Context, 'caller'>,
  { resources, savingOf }: Importing,
  { existing }: ImportOptions,
  { used, ...rest }: Pick<Placing, 'isTouched' | 'imagined'> & { used: (resource: Resource) => Promise<number> },
): Promise<Placing> {
  const savings = new Map(resources.map((resource) => [resource.name, savingOf(ctx, resource)]))
  const room = new Map<string, number>()
  for (const resource of resources) {
    const count = await used(resource)
    const { cap } = savings.get(resource.name)!
    if (cap !== undefined) room.set(resource.plural, cap - count)
  }
  return { savingOf: ({ name }) => savings.get(name)!, resources, existing, room, ...rest }
}

/** The error with what was done before it. */
function stopped(error: ApiError, counts: Tally, { dryRun }: ImportOptions): ApiError {
  const { rows, lastRow } = counts.result()
  if (rows === 0 || dryRun) return error
  const hint = `${error.hint} ${rows} rows, up to row ${lastRow}, are carried out and kept. Send the whole file again when it is mended, which is the safe way: nothing is made twice. from_row=${lastRow + 1} leaves them out and forgets them, so that a later row about the same record changes it.`
  const { status, code, details, problems, headers, cause } = error
  const more = { problems, headers, details: { ...details, rows_done: rows } }
  return Object.assign(new ApiError(status, code, hint, more), { cause })
}
