// What follows from a declaration alone is worked out once.

/** A pure function that remembers what it gave for each object. */
export function workedOut<K extends object, V>(work: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, V>()
  return (of) => {
    const before = known.get(of)
    if (before !== undefined) return before
    const value = work(of)
    known.set(of, value)
    return value
  }
}
