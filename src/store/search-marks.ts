// Which records match every word of a query, and how well, from the lists of spots that the index holds: pure, in memory.
// Spots are compared where they lie, four letters at a time, as a text or a number made of each would take far longer.

/** A spot: seven digits of time (word-index.ts) and the eight of an id that was made here (records/record-ids.ts). */
export const SPOT_LENGTH = 15
/** Its letters as 32 bits each; the last two overlap. */
const QUARTERS = [0, 4, 8, 11] as const

/** Spots, one after the other, that all match a word of the query in one way. */
export interface Listed {
  /** The less the better. */
  readonly score: number
  readonly spots: string
}

export interface SpotHit {
  readonly spot: string
  readonly score: number
}

export interface Ranked {
  /** The best, and of these the newest first. */
  readonly hits: SpotHit[]
  readonly total: number
}

const UNMATCHED = 1 << 29

/** The `limit` best after `after` of the records that every term lists, and how many there are. */
export function ranked(terms: readonly (readonly Listed[])[], after: SpotHit | undefined, limit: number): Ranked {
  const { count, scores, isNewer, spotOf } = marked(terms, after?.spot.padEnd(SPOT_LENGTH))
  const isBefore = (a: number, b: number) => scores[a]! < scores[b]! || (scores[a] === scores[b] && isNewer(a, b))
  const isPast = (entry: number) =>
    !after || scores[entry]! > after.score || (scores[entry] === after.score && isNewer(count, entry))
  let total = 0
  const best: number[] = []
  // Lists begin with the oldest: from their end on, the best come first, and the others need one look.
  for (let entry = count - 1; entry >= 0; entry--) {
    if (scores[entry]! >= UNMATCHED) continue
    total++
    if ((best.length === limit && !isBefore(entry, best[limit - 1]!)) || !isPast(entry)) continue
    let place = best.length
    while (place > 0 && isBefore(entry, best[place - 1]!)) place--
    best.splice(place, 0, entry)
    if (best.length > limit) best.pop()
  }
  return { hits: best.map((entry) => ({ spot: spotOf(entry), score: scores[entry]! })), total }
}

/** The spots of all the records that every term lists, in no order. */
export function matchedSpots(terms: readonly (readonly Listed[])[]): string[] {
  const { count, scores, spotOf } = marked(terms)
  const spots: string[] = []
  for (let entry = 0; entry < count; entry++) if (scores[entry]! < UNMATCHED) spots.push(spotOf(entry))
  return spots
}

interface Marked {
  readonly count: number
  /** By entry: each term's best added up, or at least UNMATCHED. */
  readonly scores: Int32Array
  /** Entries are 0 to count - 1; the entry `count` stands for the spot that was given beside. */
  readonly isNewer: (a: number, b: number) => boolean
  readonly spotOf: (entry: number) => string
}

/** The shortest term says which records there may be, in a hash table with open addressing; the others are looked up. */
function marked(terms: readonly (readonly Listed[])[], beside = ''): Marked {
  const [lead, ...others] = terms.toSorted((a, b) => lettersOf(a) - lettersOf(b))
  const spotsMax = lettersOf(lead!) / SPOT_LENGTH
  const bits = Math.ceil(Math.log2(2 * spotsMax + 2))
  const slots = new Int32Array(2 ** bits)
  const filter = new Uint8Array(2 ** bits)
  const bytes = Buffer.allocUnsafe(spotsMax * SPOT_LENGTH + beside.length)
  const held = viewOf(bytes)
  const places = new Int32Array(spotsMax + 1)
  const scores = new Int32Array(spotsMax + 1)
  const latest = new Int32Array(spotsMax + 1).fill(UNMATCHED)
  let count = 0
  /** The slot of the spot at `at` with that hash, which is empty where it is not held. */
  const slotOf = (view: DataView, at: number, hash: number): number => {
    let slot = hash >>> (32 - bits)
    for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const place = places[slots[slot]! - 1]!
      if (held.getUint32(place + QUARTERS[3]) !== view.getUint32(at + QUARTERS[3])) continue
      if (held.getUint32(place + QUARTERS[2]) !== view.getUint32(at + QUARTERS[2])) continue
      if (held.getUint32(place + QUARTERS[1]) !== view.getUint32(at + QUARTERS[1])) continue
      if (held.getUint32(place) === view.getUint32(at)) break
    }
    return slot
  }
  const filterPlace = (hash: number) => hash >>> (32 - bits)
  const filterBit = (hash: number) => 1 << ((hash >>> (29 - bits)) & 7)
  const mark = (entry: number, score: number) => {
    if (score < latest[entry]!) latest[entry] = score
  }
  const addUp = () => {
    for (let entry = 0; entry < count; entry++) {
      scores[entry] = Math.min(UNMATCHED, scores[entry]! + latest[entry]!)
      latest[entry] = UNMATCHED
    }
  }
  let at = 0
  for (const { score, spots } of lead!) {
    bytes.write(spots, at, 'latin1')
    for (const end = at + spots.length; at < end; at += SPOT_LENGTH) {
      const hash = hashAt(held, at)
      const slot = slotOf(held, at, hash)
      if (slots[slot] === 0) {
        places[count] = at
        slots[slot] = ++count
        filter[filterPlace(hash)]! |= filterBit(hash)
      }
      mark(slots[slot]! - 1, score)
    }
  }
  bytes.write(beside, at, 'latin1')
  places[count] = at
  addUp()
  const other = Buffer.allocUnsafe(Math.max(0, ...others.flat().map(({ spots }) => spots.length)))
  const view = viewOf(other)
  for (const lists of others) {
    for (const { score, spots } of lists) {
      other.write(spots, 0, 'latin1')
      for (let at = 0; at < spots.length; at += SPOT_LENGTH) {
        const hash = hashAt(view, at)
        // Most are not held, which one bit tells nearly always.
        if ((filter[filterPlace(hash)]! & filterBit(hash)) === 0) continue
        const entry = slots[slotOf(view, at, hash)]! - 1
        if (entry >= 0) mark(entry, score)
      }
    }
    addUp()
  }
  const isNewer = (a: number, b: number): boolean => {
    for (const quarter of QUARTERS) {
      const [left, right] = [held.getUint32(places[a]! + quarter), held.getUint32(places[b]! + quarter)]
      if (left !== right) return left > right
    }
    return false
  }
  const spotOf = (entry: number) => bytes.toString('latin1', places[entry], places[entry]! + SPOT_LENGTH)
  return { count, scores, isNewer, spotOf }
}

/** The last letters of a spot are random, so that little mixing does; its best bits are the first. */
function hashAt(view: DataView, at: number): number {
  return Math.imul(
    view.getUint32(at + QUARTERS[3]) ^ Math.imul(view.getUint32(at + QUARTERS[2]), 0x85ebca6b),
    0x9e3779b1,
  )
}

function lettersOf(lists: readonly Listed[]): number {
  return lists.reduce((sum, { spots }) => sum + spots.length, 0)
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length)
}
