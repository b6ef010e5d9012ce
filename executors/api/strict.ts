import { alternatives, type Issue, type JsonSchema, objectOf, resolved } from '../../proto/index.ts'

/** Members that no schema names, at any depth. Of a value that may follow several schemas, those that none of them names. */
export function unknownMembers(
  schema: JsonSchema,
  value: unknown,
  loc: Issue['loc'] = [],
  whole: JsonSchema = schema,
): Issue[] {
  const at = resolved(schema, whole)
  const found = alternatives(at).map((choice) => unknownMembers(choice, value, loc, whole))
  if (found.length > 0) return found.find((issues) => issues.length === 0) ?? (found[0] as Issue[])
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => unknownMembers(objectOf(at.items), item, [...loc, i], whole))
  }
  if (typeof value !== 'object' || value === null || !at.properties) return []
  const properties = objectOf(at.properties)
  return Object.entries(value).flatMap(([key, item]) => {
    if (Object.hasOwn(properties, key)) return unknownMembers(objectOf(properties[key]), item, [...loc, key], whole)
    const open = at.additionalProperties !== undefined && at.additionalProperties !== false
    return open ? [] : [{ type: 'extra_forbidden', loc: [...loc, key], msg: 'Extra inputs are not permitted' }]
  })
}
