// Random bytes in small portions: drawing them from the system one by one costs more than all else about a new id.

type Random = (bytes: number) => Uint8Array

/** Draws from `random` in large pieces; no byte is given twice. */
export function pooled(random: Random, poolBytes = 4096): Random {
  let pool = random(poolBytes)
  let used = 0
  return (bytes) => {
    if (bytes > poolBytes) return random(bytes)
    if (used + bytes > poolBytes) [pool, used] = [random(poolBytes), 0]
    used += bytes
    return pool.slice(used - bytes, used)
  }
}

/** The same as hexadecimal digits, two a byte. */
export function pooledHex(random: Random, poolBytes = 4096): (bytes: number) => string {
  let pool = ''
  let used = 0
  return (bytes) => {
    if (used + 2 * bytes > pool.length)
      [pool, used] = [Buffer.from(random(Math.max(bytes, poolBytes))).toString('hex'), 0]
    used += 2 * bytes
    return pool.slice(used - 2 * bytes, used)
  }
}
