// Where things with an id are found: how a handle stands in a path, and what is said of an id that stands in the wrong one.

import { type HandleKind, idOf } from './declare/handles.ts'
import { type ApiError, fail } from './errors.ts'
import { withArticle } from './text/article.ts'

/** A kind, with what stands before an id of it in a path, and where one of it is seen, in a workspace. */
export type Place = HandleKind & {
  readonly plural: string
  readonly seenAt: (id: string, workspaceId: string) => string
}

/** `/contact/c_…` is `/contacts/c_…`, and `contact/c_…` inside a path is one segment: a handle works as it prints. */
export function joinHandles(segments: readonly string[], kinds: readonly Place[]): string[] {
  const joined: string[] = []
  for (let at = 0; at < segments.length; at++) {
    const [segment, next] = [segments[at]!, segments[at + 1]]
    const kind = kinds.find(({ name }) => name === segment)
    if (!kind || next === undefined || (at > 0 && !idOf(kind, next))) joined.push(segment)
    else if (at === 0) joined.push(kind.plural)
    else {
      joined.push(`${segment}/${next}`)
      at++
    }
  }
  return joined
}

/** What a path holds that is found elsewhere. */
export interface Stray {
  readonly place: Place
  readonly id: string
}

/** The first id in a path that stands behind the name of another kind. */
export function strayOf(segments: readonly string[], places: readonly Place[]): Stray | undefined {
  for (const [at, segment] of segments.entries())
    for (const place of places) {
      const id = at > 0 && place.plural !== segments[at - 1] ? idOf(place, segment) : undefined
      if (id) return { place, id }
    }
  return undefined
}

/** The id that a path without a route consists of, behind one word or none: `/people/c_…`, `/user/u_…`, `/c_…`. */
export function soleIdOf(segments: readonly string[], places: readonly Place[]): Stray | undefined {
  if (segments.length > 2) return undefined
  for (const place of places) {
    const id = idOf(place, segments.at(-1) ?? '')
    if (id) return { place, id }
  }
  return undefined
}

/** What a 404 says of it. */
export function asOtherKind({ place, id }: Stray, workspaceId: string): ApiError {
  return fail.otherKind({ kind: withArticle(place.name), path: place.seenAt(id, workspaceId) })
}
