// Signing in by a code: ask for one, then trade it for a token.

import type { OpenContext } from '../context.ts'
import { handleOf, newId } from '../declare/handles.ts'
import { fail } from '../errors.ts'
import type { Answer, Line } from '../render/answer.ts'
import { addressKey } from '../text/addresses.ts'
import { secondsOf } from '../text/times.ts'
import {
  CODE_SECONDS_MAX,
  codeMac,
  GUESS_WINDOW_SECONDS,
  GUESSES_MAX,
  isLongCode,
  LIVE_CODES_MAX,
  newLongCode,
  newShortCode,
  typedCode,
} from './codes.ts'
import { TOKEN, WORKSPACE } from './handles.ts'
import { mintToken } from './tokens.ts'

/** How the server is set up, as far as sign-in cares. */
export interface SignInRules {
  readonly idleSeconds: number
  readonly plan: string
  /** Shows a code to the person at the terminal. */
  readonly showCode: (email: string, code: string) => void
}

const USER = { name: 'user', prefix: 'u' } as const
const ID_LENGTH = 16

/** POST /auth/request: makes a code unless three live; in local mode the answer holds it. */
export async function requestCode(ctx: OpenContext, rules: SignInRules, address: string): Promise<Answer> {
  const email = addressKey(address)
  const now = secondsOf(ctx.now)
  await ctx.db.typed.deleteFrom('sign_in_codes').where('expires_at', '<=', now).execute()
  const guesses = await guessesOf(ctx, email, now)
  const live = await ctx.db.typed
    .selectFrom('sign_in_codes')
    .select('id')
    .where('email', '=', email)
    .where('used', '=', 0)
    .execute()
  const next: Line = ['next', { words: 'POST /auth/verify {"email","code"} with the code, within 10 minutes.' }]
  if (live.length >= LIVE_CODES_MAX)
    return {
      form: 'lines',
      lines: [
        ['email', { value: email }],
        ['note', { words: `${LIVE_CODES_MAX} codes for this address still live; use one of them, or wait.` }],
        next,
      ],
    }
  const code = guesses >= GUESSES_MAX ? newLongCode(ctx.random) : newShortCode(ctx.random)
  const times = { created_at: now, expires_at: now + CODE_SECONDS_MAX }
  const id = newId('sc', ctx.random, ID_LENGTH)
  await ctx.db.typed
    .insertInto('sign_in_codes')
    .values({ id, email, code_mac: codeMac(ctx.secret, email, code), used: 0, ...times })
    .execute()
  rules.showCode(email, code)
  return { form: 'lines', lines: [['email', { value: email }], ['local_code', { words: code }], next] }
}

/**
 * POST /auth/verify: a right code becomes a token; a first sign-in makes the user and a workspace. A wrong guess is
 * counted before it is compared, and answered rather than thrown, so that the count is kept.
 */
export async function verifyCode(
  ctx: OpenContext,
  rules: SignInRules,
  sent: { email: string; code: string; tokenName?: string; workspaceId?: string },
): Promise<Answer | ReturnType<typeof fail.invalidCode>> {
  const email = addressKey(sent.email)
  const code = typedCode(sent.code)
  const guesses = await countGuess(ctx, email)
  if (guesses > GUESSES_MAX && !isLongCode(code)) return fail.invalidCode()
  if (!(await useCode(ctx, email, code))) return fail.invalidCode()
  await forgiveGuess(ctx, email)
  const userId = await findOrMakeUser(ctx, rules, email)
  const workspace = await chooseWorkspace(ctx, userId, sent.workspaceId)
  const token = await mintToken(ctx, {
    userId,
    workspaceId: workspace.id,
    name: sent.tokenName ?? 'default',
    idleSeconds: rules.idleSeconds,
  })
  const lines: Line[] = [
    ['token', { words: token.token }],
    ['token_id', { words: handleOf(TOKEN, token.id) }],
    ['token_name', { value: token.name }],
    ['workspace', { value: workspace.name }],
    ['workspace_id', { words: handleOf(WORKSPACE, workspace.id) }],
    ['user', { value: email }],
    [
      'next',
      {
        words:
          'Keep the token; it is shown once. Send it with every call as "Authorization: Bearer ck_…". Then: GET /help',
      },
    ],
  ]
  return { form: 'lines', lines, verdict: 'created' }
}

/** One more guess for the address, in this window; the row is locked until the transaction ends. */
async function countGuess(ctx: OpenContext, email: string): Promise<number> {
  const now = secondsOf(ctx.now)
  const [row] = await ctx.db.rows(
    `INSERT INTO sign_in_guesses (email, window_started_at, guesses) VALUES (?, ?, 1) ON CONFLICT (email) DO UPDATE SET
      guesses = CASE WHEN sign_in_guesses.window_started_at <= ? THEN 1 ELSE sign_in_guesses.guesses + 1 END,
      window_started_at = CASE WHEN sign_in_guesses.window_started_at <= ? THEN excluded.window_started_at ELSE sign_in_guesses.window_started_at END
      RETURNING guesses`,
    [email, now, now - GUESS_WINDOW_SECONDS, now - GUESS_WINDOW_SECONDS],
  )
  return Number(row!.guesses)
}

async function forgiveGuess(ctx: OpenContext, email: string): Promise<void> {
  await ctx.db.rows('UPDATE sign_in_guesses SET guesses = guesses - 1 WHERE email = ?', [email])
}

async function guessesOf(ctx: OpenContext, email: string, now: number): Promise<number> {
  const row = await ctx.db.typed
    .selectFrom('sign_in_guesses')
    .select('guesses')
    .where('email', '=', email)
    .where('window_started_at', '>', now - GUESS_WINDOW_SECONDS)
    .executeTakeFirst()
  return row?.guesses ?? 0
}

/** Uses up the code, if it lives; of parallel right answers one alone does. */
async function useCode(ctx: OpenContext, email: string, code: string): Promise<boolean> {
  const used = await ctx.db.rows(
    'UPDATE sign_in_codes SET used = 1 WHERE email = ? AND code_mac = ? AND used = 0 AND expires_at > ? RETURNING id',
    [email, codeMac(ctx.secret, email, code), secondsOf(ctx.now)],
  )
  return used.length > 0
}

async function findOrMakeUser(ctx: OpenContext, rules: SignInRules, email: string): Promise<string> {
  const known = await ctx.db.typed.selectFrom('users').select('id').where('email', '=', email).executeTakeFirst()
  if (known) return known.id
  const created_at = secondsOf(ctx.now)
  const id = newId(USER.prefix, ctx.random, ID_LENGTH)
  await ctx.db.typed.insertInto('users').values({ id, email, created_at }).execute()
  const workspace = {
    id: newId(WORKSPACE.prefix, ctx.random, ID_LENGTH),
    name: `${email.split('@')[0]}'s workspace`,
    timezone: 'UTC',
    plan: rules.plan,
    created_by: id,
    created_at,
  }
  await ctx.db.typed.insertInto('workspaces').values(workspace).execute()
  await ctx.db.typed
    .insertInto('memberships')
    .values({ workspace_id: workspace.id, user_id: id, role: 'admin', created_at, last_used_at: created_at })
    .execute()
  return id
}

/** The workspace asked for, else the one last used. */
async function chooseWorkspace(
  ctx: OpenContext,
  userId: string,
  wanted: string | undefined,
): Promise<{ id: string; name: string }> {
  let mine = ctx.db.typed
    .selectFrom('memberships')
    .innerJoin('workspaces', 'workspaces.id', 'memberships.workspace_id')
    .select(['workspaces.id', 'workspaces.name'])
    .where('memberships.user_id', '=', userId)
  if (wanted !== undefined) mine = mine.where('workspaces.id', '=', wanted)
  const workspace = await mine.orderBy('memberships.last_used_at', 'desc').executeTakeFirst()
  if (!workspace)
    throw fail.notFound({ what: 'workspace of that id', next: 'Leave workspace_id out to sign in to your own.' })
  return workspace
}
