// The filters of a question as SQL. Names come from declarations; whatever was sent is a parameter.

import type { Stored } from '../declare/kinds.ts'
import { asNumber } from '../query/custom-filter.ts'
import { itemPattern, operatorOf } from '../query/operators.ts'
import type { Filter, Path } from '../query/query.ts'
import { foldsFor } from '../text/words.ts'
import type { Dialect, Value } from './dialect.ts'

/** A piece of SQL and what its `?` stand for. */
export interface Sql {
  readonly sql: string
  readonly parameters: readonly Value[]
}

/** The alias of the resource's own table; the tables of records referred to are called by the resource's name. */
export const OWN = 't'

/** The column that holds a path's value, or the one kept for comparing it. */
export function columnOf(path: Path, column = path.field): string {
  return `${path.through ? `r_${path.through.to.name}` : OWN}.${column}`
}

/**
 * Every filter as one condition; each is true, false or null as SQL has it. With `by` the engine shall find the rows by an
 * index of that path, be it for its order, and not by one of anything else.
 */
export function conditionsOf(filters: readonly Filter[], dialect: Dialect, by?: Path): Sql[] {
  return filters.map((filter) =>
    filter.path.customKey ? customCondition(filter, dialect) : condition(filter, dialect, by),
  )
}

function condition({ path, operator, values }: Filter, dialect: Dialect, by?: Path): Sql {
  const { kind } = path
  const { sql } = operatorOf(operator)
  const shadow = kind.shadow && !kind.keys && (operator === 'like' || kind.shadow.suffix === 'key') && path.shadowed
  const name = columnOf(path, shadow ? `${path.field}_${kind.shadow!.suffix}` : path.field)
  const column = by && by.label !== path.label ? (dialect.unindexed?.(name) ?? name) : name
  if (operator === 'like') {
    const pattern = String(values[0])
    if (kind.many) return itemLikes(column, pattern, dialect)
    const kept = likes(plain(column), pattern, dialect)
    return shadow && kind.shadow!.suffix === 'key'
      ? either(kept, likes(printed(path, pattern), pattern, dialect))
      : kept
  }
  if (operator === 'in' && !kind.many && dialect.inList)
    return { sql: dialect.inList(column), parameters: [JSON.stringify(values)] }
  if (!kind.many || operator === 'is' || operator === 'not')
    return { sql: sql(column, values.length), parameters: values }
  const holds = values.map(() => dialect.holdsItem(column)).join(' OR ')
  return { sql: operator === 'ne' ? `(${column} IS NULL OR NOT ${holds})` : `(${holds})`, parameters: values }
}

function customCondition(filter: Filter, dialect: Dialect): Sql {
  const { path, operator, values } = filter
  const key = path.customKey!
  const column = columnOf(path)
  if (operator === 'is' || operator === 'not') {
    const present = dialect.jsonPresent(column)
    return { sql: operator === 'is' ? `NOT coalesce(${present}, ${dialect.no})` : present, parameters: [key] }
  }
  if (operator === 'like')
    return withKey(
      key,
      likes(plain(dialect.jsonText(columnOf(path, `${path.field}_folded`))), String(values[0]), dialect),
    )
  if (operatorOf(operator).orders)
    return {
      sql: operatorOf(operator).sql(dialect.jsonNumber(column), 1, dialect.numberSought),
      parameters: [key, ...values.map(String)],
    }
  const { sql, parameters } = customEquals(column, key, values, dialect)
  return { sql: operator === 'ne' ? `(CASE WHEN ${sql} THEN 0 ELSE 1 END = 1)` : sql, parameters }
}

/** A pattern with wild cards at its ends alone is looked for as it is, which takes far less than a pattern may. */
function likes({ sql, parameters }: Sql, pattern: string, dialect: Dialect): Sql {
  const inside = /^%([^%]*)%$/.exec(pattern)?.[1]
  if (inside === undefined) return { sql: operatorOf('like').sql(sql, 1), parameters: [...parameters, pattern] }
  const sought = inside.replace(/\\(.)/gsu, '$1')
  return { sql: `${dialect.position(sql, '?')} > 0`, parameters: [...parameters, sought] }
}

function itemLikes(list: string, pattern: string, dialect: Dialect): Sql {
  const ofItem = itemPattern(pattern)
  if (ofItem !== undefined) return likes(plain(`(',' || ${list} || ',')`), ofItem, dialect)
  const sql = `EXISTS (SELECT 1 FROM (${dialect.itemsOf(list)}) i WHERE ${operatorOf('like').sql('i.item', 1)})`
  return { sql, parameters: [pattern] }
}

/** The value as answers print it, where the column kept beside it has a normal form that the pattern was not taken from. */
function printed(path: Path, pattern: string): Sql {
  const folds = foldsFor(pattern)
  return {
    sql: folds.reduce((folded) => `replace(${folded}, ?, ?)`, `lower(${columnOf(path)})`),
    parameters: folds.flat(),
  }
}

function plain(column: string): Sql {
  return { sql: column, parameters: [] }
}

function either(one: Sql, other: Sql): Sql {
  return { sql: `(${one.sql} OR ${other.sql})`, parameters: [...one.parameters, ...other.parameters] }
}

function withKey(key: string, { sql, parameters }: Sql): Sql {
  return { sql, parameters: [key, ...parameters] }
}

/** `custom.seats=40` finds the number 40 and the text "40". The value is taken out of the JSON once for all of them. */
function customEquals(column: string, key: string, values: readonly Stored[], dialect: Dialect): Sql {
  const equal = operatorOf('in').sql
  const texts = values.map(String)
  const asText = withKey(key, { sql: equal(dialect.jsonText(column), texts.length), parameters: texts })
  const numbers = texts.map(asNumber).filter((number) => number !== undefined)
  if (numbers.length === 0) return { ...asText, sql: `(${asText.sql})` }
  const asNumbers = withKey(key, {
    sql: equal(dialect.jsonNumber(column), numbers.length, dialect.numberSought),
    parameters: numbers.map(String),
  })
  return { sql: `(${asText.sql} OR ${asNumbers.sql})`, parameters: [...asText.parameters, ...asNumbers.parameters] }
}
