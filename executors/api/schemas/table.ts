import { z } from 'zod'

export interface TableOptions {
  /** A list of rows, or an object of columns. @default "records" */
  orient?: 'records' | 'columns'
  /** Names that the columns must have. @default any */
  columns?: readonly string[]
}

export type Row = Record<string, unknown>
export type Columns = Record<string, unknown[] | Record<string, unknown>>

/** A table as pandas writes one: BentoML's clients give and get a DataFrame. */
export function table(options: TableOptions & { orient: 'columns' }): z.ZodType<Columns, Columns>
export function table(options?: TableOptions): z.ZodType<Row[], Row[]>
export function table({ orient = 'records', columns }: TableOptions = {}): z.ZodType {
  const names = (table: Row) => columns === undefined || columns.every((name) => Object.hasOwn(table, name))
  const missing = { error: `The table should have the columns ${columns?.join(', ')}` }
  const row = z.record(z.string(), z.unknown()).refine(names, missing)
  const column = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
  const shape = orient === 'records' ? z.array(row) : z.record(z.string(), column).refine(names, missing)
  const described = { type: 'dataframe', orient, ...(columns && { columns: [...columns] }) }
  return shape.meta({ [DESCRIBED]: described })
}

/** Where a schema is described by something else than its own structure. */
export const DESCRIBED = 'x-sluice-described'
