// Clients: registered over the protocol (RFC 7591) or read from the document that their id names; one look-up for both.
// One that was used once is kept for ever, as its tokens and its users' settings name it.

import { createHmac } from 'node:crypto'
import type { OpenContext, Transactions } from '../context.ts'
import { ApiError } from '../errors.ts'
import type { Connection } from '../store/dialect.ts'
import { DAY_SECONDS, secondsOf } from '../text/times.ts'
import { documentUrl, readClientDocument } from './client-documents.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { FetchDocument } from './documents.ts'

const UNUSED_SECONDS_MAX = 7 * DAY_SECONDS
const DOCUMENT_FRESH_SECONDS = 300
const ID_BYTES = 20

export interface Client extends ClientMetadata {
  readonly id: string
  /** Seconds since 1970. */
  readonly createdAt: number
}

/** The id of a registration: the same metadata gives the same one, and nobody else can make it up. */
export function clientIdOf(secret: string, { name, redirectUris }: ClientMetadata): string {
  const mac = createHmac('sha256', secret).update(JSON.stringify(['oauth-client', name, [...redirectUris].sort()]))
  return `mc_${mac.digest('hex').slice(0, 2 * ID_BYTES)}`
}

/** The registration with this metadata, if there is one. */
export async function findRegistered(ctx: OpenContext, metadata: ClientMetadata): Promise<Client | undefined> {
  const id = clientIdOf(ctx.secret, metadata)
  const row = await ctx.db.typed.selectFrom('oauth_clients').selectAll().where('id', '=', id).executeTakeFirst()
  return row && clientOf(row)
}

/** Registers a client, or finds the one with this metadata. */
export async function registerClient(ctx: OpenContext, metadata: ClientMetadata): Promise<Client> {
  await forgetUnused(ctx.db, secondsOf(ctx.now))
  return keepClient(ctx, clientIdOf(ctx.secret, metadata), metadata)
}

/** Those that nobody ever let in go after a week; `now` in seconds. */
export async function forgetUnused(db: Connection, now: number): Promise<void> {
  await db.rows('DELETE FROM oauth_clients WHERE used_at IS NULL AND seen_at <= ?', [now - UNUSED_SECONDS_MAX])
}

/**
 * The client of an id; undefined where there is none. A document is fetched again after five minutes, outside of any
 * transaction; `refused` hears why one can't be taken.
 */
export async function findClient(
  transactions: Transactions,
  fetchDocument: FetchDocument,
  id: string,
  refused: (reason: Error) => void,
): Promise<Client | undefined> {
  const url = documentUrl(id)
  const kept = await transactions.read(async (ctx) => {
    const row = await ctx.db.typed.selectFrom('oauth_clients').selectAll().where('id', '=', id).executeTakeFirst()
    const fresh = !url || (row && secondsOf(ctx.now) - row.seen_at < DOCUMENT_FRESH_SECONDS)
    return row && fresh ? clientOf(row) : undefined
  })
  if (kept || !url) return kept
  const metadata = await readClientDocument(fetchDocument, url).catch((error: Error) => {
    if (error instanceof ApiError) throw error
    refused(error)
    return undefined
  })
  return metadata && transactions.write((ctx) => keepClient(ctx, id, metadata))
}

/** Notes that a person let the client in, from which on it is never forgotten. */
export async function noteUse(ctx: OpenContext, id: string): Promise<void> {
  await ctx.db.typed
    .updateTable('oauth_clients')
    .set({ used_at: secondsOf(ctx.now) })
    .where('id', '=', id)
    .execute()
}

async function keepClient(ctx: OpenContext, id: string, { name, redirectUris }: ClientMetadata): Promise<Client> {
  const now = secondsOf(ctx.now)
  const row = { name, redirect_uris: JSON.stringify(redirectUris), seen_at: now }
  const kept = await ctx.db.typed
    .insertInto('oauth_clients')
    .values({ id, ...row, created_at: now, used_at: null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .returningAll()
    .executeTakeFirstOrThrow()
  return clientOf(kept)
}

function clientOf(row: { id: string; name: string; redirect_uris: string; created_at: number }): Client {
  return { id: row.id, name: row.name, redirectUris: JSON.parse(row.redirect_uris), createdAt: row.created_at }
}
