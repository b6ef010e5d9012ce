import { z } from 'zod'
import { yamlFlow } from '../schema.ts'
import { snakeKey } from '../spelling.ts'

type JsonSchema = Record<string, unknown>

/** What stands in a description's place: text by the path of a key, such as `with.timeoutMs`. */
export type Texts = Readonly<Record<string, string>>

const VARIABLE = 'A variable: $NAME, ${NAME} or ${{ ENV.NAME }}'

/**
 * The JSON Schema of a flow's YAML, for editors: every key in both spellings, and a variable wherever a value is not text.
 * @param texts - what editors say of keys
 */
export function flowJsonSchema(texts: Texts = {}): JsonSchema {
  const plain = z.toJSONSchema(yamlFlow, { io: 'input', unrepresentable: 'any', target: 'draft-7' }) as JsonSchema
  const { $schema, ...schema } = asWritten(plain, '', texts)
  return {
    $schema,
    title: 'A flow of Sluice',
    ...schema,
    // a file may say it with the tag !Flow
    required: [],
    definitions: { variable: { type: 'string', pattern: '\\$', description: VARIABLE } },
  }
}

/** Paths of keys whose items or alternatives are looked into go on below the same path. */
function asWritten(schema: JsonSchema, path: string, texts: Texts): JsonSchema {
  // formats are zod's own words, and say no more than the patterns beside them
  const { properties, anyOf, oneOf, items, additionalProperties, format: _, ...others } = schema
  const lists = Object.entries({ anyOf, oneOf }).filter(([, list]) => Array.isArray(list)) as [string, JsonSchema[]][]
  return {
    ...others,
    ...(additionalProperties !== undefined && {
      additionalProperties: isSchema(additionalProperties)
        ? value(additionalProperties, `${path}.*`, texts)
        : additionalProperties,
    }),
    ...(isSchema(items) && { items: value(items, path, texts) }),
    // what only code can give, such as a function, is any value in JSON's eyes
    ...Object.fromEntries(
      lists.map(([key, list]) => [key, list.filter((one) => !takesAll(one)).map((one) => asWritten(one, path, texts))]),
    ),
    ...(isSchema(properties) && { properties: keys(properties, path, texts) }),
  }
}

function keys(properties: JsonSchema, path: string, texts: Texts): JsonSchema {
  const entries = Object.entries(properties).flatMap(([key, schema]): [string, unknown][] => {
    const at = path ? `${path}.${key}` : key
    const described = value(schema as JsonSchema, at, texts)
    const text = texts[at]
    const own = text === undefined ? described : { description: text, ...described }
    const snake = snakeKey(key)
    return snake === key
      ? [[key, own]]
      : [
          [snake, own],
          [key, own],
        ]
  })
  return Object.fromEntries(entries)
}

/** The schema, or a variable where it is of no text. */
function value(schema: JsonSchema, path: string, texts: Texts): JsonSchema {
  const inner = asWritten(schema, path, texts)
  if (takesText(schema) || takesAll(schema)) return inner
  const { default: byDefault, ...others } = inner
  const isTyped =
    ['integer', 'number', 'boolean'].includes(String(schema.type)) || 'enum' in schema || 'anyOf' in schema
  if (!isTyped) return inner
  const either = { anyOf: [others, { $ref: '#/definitions/variable' }] }
  return byDefault === undefined ? either : { ...either, default: byDefault }
}

function takesText({ type, anyOf, enum: choices }: JsonSchema): boolean {
  if (Array.isArray(anyOf)) return anyOf.some((one) => takesText(one as JsonSchema))
  return type === 'string' && choices === undefined
}

function takesAll(schema: JsonSchema): boolean {
  return Object.keys(schema).length === 0
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}
